import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";

/**
 * A file in two parts: a header that is small enough to look at every time, and a body that is read only when the
 * header says so. Both carry a checksum: a file that was cut short, or is something else, counts as missing.
 */
export type FramedFile = { header: unknown; readBody: () => Buffer | null };

/** Null where there is no such file or it is not whole. */
export function openFramedFile(file: string): FramedFile | null {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, "r");
    const frame = parseFrame(readPart(descriptor, 0, FRAME_BYTES));
    const header = frame && readPart(descriptor, FRAME_BYTES, frame.headerBytes);
    if (!frame || !header || crc32(header) !== frame.headerSum) return null;
    return { header: JSON.parse(header.toString("utf8")), readBody: () => readBody(file, frame) };
  } catch {
    return null; // a cache that cannot be read is an empty cache
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Readers see the old file or the new one, never a part. Returns false where nothing could be written. */
export function writeFramedFile(file: string, header: unknown, body: readonly Buffer[]): boolean {
  const own = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeParts(own, header, body);
    renameSync(own, file);
    return true;
  } catch {
    discard(own);
    return false; // no room, no right: the next run is as slow as this one
  }
}

// --- internal ---

type Frame = { headerBytes: number; headerSum: number; bodyBytes: number; bodySum: number };

const NAME = "strangler-cache-1";
const FRAME_BYTES = 80;

function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // its folder is no folder, so there is no such file
  }
}

function formatFrame({ headerBytes, headerSum, bodyBytes, bodySum }: Frame): Buffer {
  return Buffer.from([NAME, headerBytes, headerSum, bodyBytes, bodySum, ""].join(" ").padEnd(FRAME_BYTES - 1) + "\n");
}

function parseFrame(bytes: Buffer | null): Frame | null {
  const [name, ...numbers] = bytes?.toString("latin1").trim().split(" ") ?? [];
  const [headerBytes, headerSum, bodyBytes, bodySum] = numbers.map(Number);
  if (name !== NAME || headerBytes === undefined || headerSum === undefined) return null;
  return bodyBytes === undefined || bodySum === undefined ? null : { headerBytes, headerSum, bodyBytes, bodySum };
}

function readPart(descriptor: number, position: number, length: number): Buffer | null {
  const bytes = Buffer.allocUnsafe(length);
  return readSync(descriptor, bytes, 0, length, position) === length ? bytes : null;
}

// Another run may have replaced the file since its header was read: then the sums do not fit.
function readBody(file: string, frame: Frame): Buffer | null {
  try {
    const body = readFileSync(file).subarray(FRAME_BYTES + frame.headerBytes);
    return body.length === frame.bodyBytes && crc32(body) === frame.bodySum ? body : null;
  } catch {
    return null;
  }
}

function writeParts(file: string, header: unknown, body: readonly Buffer[]): void {
  const head = Buffer.from(JSON.stringify(header));
  const frame = formatFrame({
    headerBytes: head.length,
    headerSum: crc32(head),
    bodyBytes: body.reduce((sum, part) => sum + part.length, 0),
    bodySum: body.reduce((sum, part) => crc32(part, sum), 0),
  });
  const descriptor = openSync(file, "wx", 0o600);
  try {
    for (const part of [frame, head, ...body]) writeAll(descriptor, part);
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let start = 0; start < bytes.length;) start += writeSync(descriptor, bytes, start);
}
