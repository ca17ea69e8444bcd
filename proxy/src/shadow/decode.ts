import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import type { EncodedAnswer } from "./candidate.ts";
import type { Answer } from "./compare.ts";

const decoders = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

/** Undoes the content coding, so that a compressed answer equals a plain one. Rejects an unknown coding or one that unpacks to more than `maxBytes`. */
export async function decodeAnswer(answer: EncodedAnswer, maxBytes: number): Promise<Answer> {
  const { status, contentType } = answer;
  const bytes = await unpack(answer, maxBytes);
  return { status, contentType, body: bytes.toString(isText(contentType) ? "utf8" : "latin1") };
}

// --- internal ---

async function unpack({ contentEncoding, body }: EncodedAnswer, maxBytes: number): Promise<Buffer> {
  const coding = contentEncoding?.trim().toLowerCase() ?? "identity";
  // An answer to HEAD names its coding and brings no body.
  if (coding === "identity" || coding === "" || body.length === 0) return body;
  if (!isKnown(coding)) throw new Error(`the content coding "${coding}" is not understood`);
  return decoders[coding](body, { maxOutputLength: maxBytes });
}

function isKnown(coding: string): coding is keyof typeof decoders {
  return Object.hasOwn(decoders, coding);
}

function isText(contentType: string | undefined): boolean {
  return /^text\/|json|xml|javascript|urlencoded/i.test(contentType ?? "");
}
