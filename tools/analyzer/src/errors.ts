import { closestNames } from "./closest.ts";

/** The folder to analyse, or one beside it that is asked for, is missing or is no folder. */
export class PathMissingError extends Error {
  readonly code = "ANALYZER_PATH_MISSING";
  readonly exitCode = 2;
  readonly path: string;

  constructor(path: string, why: string, holds: "the source code" | "the migrations" = "the source code") {
    super(`"${path}" was not analysed: ${why}. Give the folder that holds ${holds}.`);
    this.path = path;
  }
}

/** The folder holds nothing to read. */
export class NoSourceFilesError extends Error {
  readonly code = "ANALYZER_NO_SOURCE_FILES";
  readonly exitCode = 2;
  readonly path: string;

  constructor(path: string, facts: { files: number; tests: number }) {
    super(
      `"${path}" was not analysed: none of its ${facts.files} files is a TypeScript or JavaScript source file` +
        (facts.tests > 0 ? ` (${facts.tests} tests are left out)` : "") +
        `. Give the folder that holds the source code.`,
    );
    this.path = path;
  }
}

/** A file that a person keeps (import rules, accepted contexts, a baseline) cannot be used. */
export class ConfigurationInvalidError extends Error {
  readonly code = "ANALYZER_CONFIGURATION_INVALID";
  readonly exitCode = 3;
  readonly file: string;

  constructor(file: string, reason: string, at: { line: number; column: number } | null) {
    const place = at ? `${file}:${at.line}:${at.column}` : file;
    super(`${place}: ${reason}. Nothing was checked or changed.`);
    this.file = file;
  }
}

/** A command names a file, table, route or context that the code does not have. */
export class PartUnknownError extends Error {
  readonly code = "ANALYZER_PART_UNKNOWN";
  readonly exitCode = 2;
  readonly part: string;

  constructor(part: string, known: readonly string[]) {
    const close = closestNames(part, known);
    const guess = close.length > 0 ? `Did you mean ${close.join(" or ")}?` : "--json of analyze lists what there is.";
    super(`"${part}" is no file, table, route or context of the code that was read. ${guess}`);
    this.part = part;
  }
}

/** An option says something that cannot be meant. */
export class UsageError extends Error {
  readonly code = "ANALYZER_USAGE";
  readonly exitCode = 2;
}

/** Pins say of the same files that they belong together and that they do not. */
export class PinsImpossibleError extends Error {
  readonly code = "ANALYZER_PINS_IMPOSSIBLE";
  readonly exitCode = 3;
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(`The pins contradict each other: ${reasons.join("; ")}. Take one of each pair away; nothing was proposed.`);
    this.reasons = reasons;
  }
}

/** A file of the plan cannot be written. */
export class NotWritableError extends Error {
  readonly code = "ANALYZER_NOT_WRITABLE";
  readonly exitCode = 4;
  readonly file: string;

  constructor(file: string, reason: string) {
    super(
      `${file} was not written (${reason}); what was there before is unchanged. Make the place writable and try again.`,
    );
    this.file = file;
  }
}
