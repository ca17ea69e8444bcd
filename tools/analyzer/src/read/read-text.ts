import { hash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The text of a file with the hash of its bytes, or why it is left out. */
export type FileText = { hash: string; text: string } | { hash: string; refused: string };

export function readText(root: string, path: string): FileText {
  try {
    const file = join(root, path);
    const { size } = statSync(file);
    return size > MOST_BYTES ? tooLarge(size) : decode(readFileSync(file));
  } catch (error) {
    const code = codeOf(error);
    return { hash: code, refused: code };
  }
}

/** What tells one content from another; for a file that cannot be read, the reason. */
export function hashFile(root: string, path: string): string {
  try {
    const file = join(root, path);
    const { size } = statSync(file);
    return size > MOST_BYTES ? sizeAsHash(size) : hashOf(readFileSync(file));
  } catch (error) {
    return codeOf(error);
  }
}

// --- internal ---

const MOST_BYTES = 1_500_000;

function tooLarge(size: number): FileText {
  return {
    hash: sizeAsHash(size),
    refused: `${megabytes(size)} MB, more than the ${megabytes(MOST_BYTES)} MB that people write`,
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}

function hashOf(bytes: Buffer): string {
  return hash("sha256", bytes).slice(0, 32);
}

// Nothing but its size is told of such a file.
function sizeAsHash(size: number): string {
  return `${size} bytes`;
}

function decode(bytes: Buffer): FileText {
  const hash = hashOf(bytes);
  const mark = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
  if (mark === 0xfffe) return { hash, text: bytes.subarray(2).toString("utf16le") };
  if (mark === 0xfeff) return { hash, text: bigEndian(bytes.subarray(2)) };
  if (bytes.subarray(0, 8192).includes(0)) return { hash, refused: "it is binary" };
  return { hash, text: bytes.toString("utf8").replace(/^\uFEFF/, "") };
}

function bigEndian(bytes: Buffer): string {
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2));
  return Buffer.from(even).swap16().toString("utf16le");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
