/** The folder to analyse is missing or is no folder. */
export class PathMissingError extends Error {
  readonly code = "ANALYZER_PATH_MISSING";
  readonly exitCode = 2;
  readonly path: string;

  constructor(path: string, why: string) {
    super(
      `"${path}" was not analysed: ${why}. Give the folder that holds the source code, e.g. "strangler analyze src".`,
    );
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
