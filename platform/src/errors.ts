import { ExitCode } from "./exit-code.ts";

export class EnvironmentInvalidError extends Error {
  readonly code = "ENVIRONMENT_INVALID";
  readonly exitCode = ExitCode.configuration;
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not complete: ${problems.join("; ")}. Set these variables and start again.`);
    this.problems = problems;
  }
}

export type PlanFileProblem = {
  file: string;
  /** 1-based; absent when the file could not be read at all. */
  line?: number;
  column?: number;
  reason: string;
  suggestion?: string;
};

export class PlanFileError extends Error {
  readonly code = "PLAN_FILE_INVALID";
  readonly exitCode = ExitCode.configuration;
  readonly problems: readonly PlanFileProblem[];

  constructor(problems: readonly PlanFileProblem[]) {
    super(problems.map(sentence).join("\n"));
    this.problems = problems;
  }
}

export class ConditionNotMetError extends Error {
  readonly code = "CONDITION_NOT_MET";
  readonly exitCode = ExitCode.environment;
  readonly limitMs: number;

  constructor(what: string, limitMs: number, lastError: unknown) {
    const seen = lastError instanceof Error ? ` Last seen: ${lastError.message}` : "";
    super(`Waited ${limitMs} ms for ${what}, in vain.${seen}`, { cause: lastError });
    this.limitMs = limitMs;
  }
}

export class PortTakenError extends Error {
  readonly code = "PORT_TAKEN";
  readonly exitCode = ExitCode.environment;
  readonly port: number;

  constructor(host: string, port: number, cause: unknown) {
    super(
      `Port ${port} on ${host} is taken by another process. ` +
        `Find it with "ss -ltnp 'sport = :${port}'", end it, or choose another port.`,
      { cause },
    );
    this.port = port;
  }
}

// --- internal ---

function sentence({ file, line, column, reason, suggestion }: PlanFileProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return suggestion === undefined ? `${place}: ${reason}` : `${place}: ${reason} ${suggestion}`;
}
