import { errorCode, ExitCode } from "@strangler/platform";
import type { Stage } from "./routes/stages.ts";

export class StageJumpError extends Error {
  readonly code = "STAGE_JUMP";
  readonly exitCode = ExitCode.refused;
  readonly jumps: readonly StageJump[];

  constructor(jumps: readonly StageJump[]) {
    super(
      `${describeJumps(jumps)} Nothing was changed. ` +
        `Go one stage at a time, or say --force with a --reason if you know why these are not needed.`,
    );
    this.jumps = jumps;
  }
}

export type StageJump = { id: string; from: Stage; to: Stage; skipped: readonly Stage[] };

export class RouteUnknownError extends Error {
  readonly code = "ROUTE_UNKNOWN";
  readonly exitCode = ExitCode.usage;
  readonly selector: string;

  constructor(selector: string, file: string, guess: string | undefined, known: readonly string[]) {
    super(
      `No route is called "${selector}" in ${file}. ` +
        (guess === undefined ? `There are: ${known.join(", ") || "none"}.` : `Did you mean "${guess}"?`),
    );
    this.selector = selector;
  }
}

export class ServiceWithoutRoutesError extends Error {
  readonly code = "SERVICE_WITHOUT_ROUTES";
  readonly exitCode = ExitCode.usage;
  readonly service: string;

  constructor(service: string, file: string, guess: string | undefined, known: readonly string[]) {
    super(
      `No route in ${file} moves to a service called "${service}". ` +
        (guess === undefined ? `There are routes to: ${known.join(", ") || "none"}.` : `Did you mean "${guess}"?`),
    );
    this.service = service;
  }
}

export class PercentMissingError extends Error {
  readonly code = "PERCENT_MISSING";
  readonly exitCode = ExitCode.usage;

  constructor(ids: readonly string[]) {
    super(`Stage canary needs a share of customers for ${ids.join(", ")}. Say --percent N, from 0 to 100.`);
  }
}

export class PercentOutOfRangeError extends Error {
  readonly code = "PERCENT_OUT_OF_RANGE";
  readonly exitCode = ExitCode.usage;

  constructor(percent: number) {
    super(`A share of ${percent} % cannot be given. Say --percent N from 0 to 100, in steps of 0.01.`);
  }
}

export class PercentUselessError extends Error {
  readonly code = "PERCENT_USELESS";
  readonly exitCode = ExitCode.usage;

  constructor(stage: Stage) {
    super(`Stage ${stage} has no percent; only canary has. Leave --percent out, or set the stage canary.`);
  }
}

export class RoutesChangedMeanwhileError extends Error {
  readonly code = "ROUTES_CHANGED_MEANWHILE";
  readonly exitCode = ExitCode.refused;

  constructor(name: string) {
    super(`Somebody else changed ${name} meanwhile. Nothing was written. Look at it and try again.`);
  }
}

export class ForceWithoutReasonError extends Error {
  readonly code = "FORCE_WITHOUT_REASON";
  readonly exitCode = ExitCode.usage;

  constructor() {
    super(`Who jumps over a stage says why, for the audit log: add --reason "...". Nothing was changed.`);
  }
}

export class RoutesLockedError extends Error {
  readonly code = "ROUTES_LOCKED";
  readonly exitCode = ExitCode.environment;

  constructor(lock: string, waitedMs: number, holder: string) {
    super(
      `Waited ${waitedMs} ms for ${lock}, held by ${holder}. Nothing was changed. ` +
        `Try again; if that process is gone, remove the file.`,
    );
  }
}

export class RoutesStoreAwayError extends Error {
  readonly code = "ROUTES_STORE_AWAY";
  readonly exitCode = ExitCode.environment;

  constructor(name: string, cause: unknown) {
    super(
      `${name} cannot be asked (${cause instanceof Error ? cause.message || errorCode(cause) : String(cause)}). ` +
        `Routes stay as they are until it is back; look at ROUTES_DATABASE_URL and at the database.`,
      { cause },
    );
  }
}

export class RoutesStoreEmptyError extends Error {
  readonly code = "ROUTES_STORE_EMPTY";
  readonly exitCode = ExitCode.configuration;

  constructor(name: string) {
    super(`${name} holds no routes yet. Put the routes file in with "strangler route store init".`);
  }
}

export class RoutesNotWritableError extends Error {
  readonly code = "ROUTES_NOT_WRITABLE";
  readonly exitCode = ExitCode.environment;

  constructor(file: string, cause: unknown) {
    super(
      `${file} could not be replaced (${cause instanceof Error ? cause.message : String(cause)}). ` +
        `Its directory must be writable; where it is mounted into a container, mount the directory, not the file.`,
      { cause },
    );
  }
}

export class TlsFilesInvalidError extends Error {
  readonly code = "TLS_FILES_INVALID";
  readonly exitCode = ExitCode.configuration;

  constructor(cause: unknown) {
    super(
      `The proxy cannot serve TLS: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        `TLS_CERT and TLS_KEY name PEM files that belong together, TLS_FOLDER a folder of NAME.crt and NAME.key.`,
      { cause },
    );
  }
}

export class TrustFileInvalidError extends Error {
  readonly code = "TRUST_FILE_INVALID";
  readonly exitCode = ExitCode.configuration;

  constructor(file: string, reason: string, cause: unknown) {
    super(`${file} cannot be trusted: ${reason}. UPSTREAM_CA names a PEM file with certificates of authorities.`, {
      cause,
    });
  }
}

// --- internal ---

// Routes that jump alike share a sentence.
function describeJumps(jumps: readonly StageJump[]): string {
  const alike = Map.groupBy(jumps, ({ from, to, skipped }) => JSON.stringify([from, to, skipped]));
  return [...alike.values()].map(describeJump).join(" ");
}

function describeJump(jumps: readonly StageJump[]): string {
  const [first] = jumps;
  if (first === undefined) return "";
  const one = jumps.length === 1;
  const names = jumps.map(({ id }) => `"${id}"`).join(", ");
  return (
    `Route${one ? "" : "s"} ${names} may not jump from ${first.from} to ${first.to}: ` +
    `${one ? "it has" : "they have"} never been in ${first.skipped.join(" or ")}.`
  );
}
