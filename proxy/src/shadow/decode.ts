import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import type { Answer } from "./compare.ts";
import { decodeText, isText } from "./media-type.ts";

/** An answer as it came: its body still in its content coding. */
export type EncodedAnswer = {
  status: number;
  /** Name, value, name, value: order, case and repetition as sent. */
  rawHeaders: readonly string[];
  body: Buffer;
};

/** A body that is in no coding that is known, or not in the one that it names. */
export class UndecodableError extends Error {
  readonly code = "UNDECODABLE";
}

/**
 * Undoes the content coding, so that a compressed answer equals a plain one, and reads text by its charset. Throws
 * UndecodableError for an unknown or wrong coding, and for a body that unpacks to more than `maxBytes`.
 */
export async function decodeAnswer({ status, rawHeaders, body }: EncodedAnswer, maxBytes: number): Promise<Answer> {
  const headers = fieldsOf(rawHeaders);
  const contentType = headers["content-type"]?.[0];
  const bytes = await unpack(headers["content-encoding"]?.[0], body, maxBytes);
  // Bytes that are not in their charset stay what they are, so that two wrong spellings of a letter are two different ones.
  const text = isText(contentType) ? decodeText(bytes, contentType) : undefined;
  return { status, contentType, headers, body: text ?? bytes.toString("latin1") };
}

/** The value of a header field, its first where there are several. */
export function findField(rawHeaders: readonly string[], name: string): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) return rawHeaders[index + 1];
  }
  return undefined;
}

// --- internal ---

const decoders = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

async function unpack(contentEncoding: string | undefined, body: Buffer, maxBytes: number): Promise<Buffer> {
  const coding = contentEncoding?.trim().toLowerCase() ?? "identity";
  // An answer to HEAD names its coding and brings no body.
  if (coding === "identity" || coding === "" || body.length === 0) return body;
  if (!isKnown(coding)) throw new UndecodableError(`the content coding "${coding}" is not understood`);
  try {
    return await decoders[coding](body, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new UndecodableError(`the body is not in its content coding "${coding}"`, { cause });
  }
}

function isKnown(coding: string): coding is keyof typeof decoders {
  return Object.hasOwn(decoders, coding);
}

function fieldsOf(rawHeaders: readonly string[]): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = rawHeaders[index + 1] ?? "";
    if (Object.hasOwn(fields, name)) fields[name]?.push(value);
    else Object.defineProperty(fields, name, { value: [value], enumerable: true });
  }
  return fields;
}
