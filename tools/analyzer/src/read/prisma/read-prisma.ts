import type { FileRole, Problem } from "../../facts.ts";
import type { SourceFacts } from "../../source-facts.ts";
import { readText } from "../read-text.ts";
import { extractPrisma } from "./extract-prisma.ts";

/** The Prisma schemas at these paths, read as one. */
export function readPrisma(
  root: string,
  paths: readonly string[],
  problems: Problem[],
): { facts: SourceFacts; role: FileRole }[] {
  const files = paths.flatMap((path) => {
    const read = readText(root, path);
    if ("text" in read) return [{ path, text: read.text }];
    problems.push({ file: path, line: null, reason: `the schema cannot be read: ${read.refused}` });
    return [];
  });
  return extractPrisma(files).map((facts) => ({ facts, role: "migration" }));
}
