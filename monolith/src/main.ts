import { startMonolith, type MonolithOptions } from "./app.ts";
import { isLogLevel, log, setLogLevel } from "./lib/log.ts";

const EXIT = { configuration: 3, environment: 4, internal: 70 } as const;

class SettingError extends Error {}

try {
  const monolith = await startMonolith(readOptions(process.env));
  const close = (signal: NodeJS.Signals) => {
    log.info("stopping", { signal });
    monolith.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error("the shop could not close in order", error);
        process.exit(EXIT.internal);
      },
    );
  };
  process.once("SIGTERM", close).once("SIGINT", close);
} catch (error) {
  fail(error);
}

function readOptions(env: NodeJS.ProcessEnv): MonolithOptions {
  const { DATABASE_URL: databaseUrl, HOST: host = "127.0.0.1", LOG_LEVEL: level = "info" } = env;
  if (!databaseUrl) throw new SettingError("DATABASE_URL is not set. Give the address of the shop's database.");
  if (!isLogLevel(level)) throw new SettingError(`LOG_LEVEL is "${level}". Use debug, info, warn, error or silent.`);
  setLogLevel(level);
  return {
    databaseUrl,
    host,
    port: readNumber(env, "PORT", 8100),
    card: {
      latencyMs: readNumber(env, "CARD_LATENCY_MS", 40),
      stallMs: readNumber(env, "CARD_STALL_MS", 1_500),
      timeoutMs: readNumber(env, "CARD_TIMEOUT_MS", 5_000),
    },
    jobs: env["JOBS"] !== "off",
  };
}

function readNumber(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = env[name];
  if (text === undefined || text === "") return otherwise;
  if (!/^\d{1,7}$/.test(text)) throw new SettingError(`${name} is "${text}". Give a whole number.`);
  return Number(text);
}

function fail(error: unknown): void {
  if (error instanceof SettingError) {
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.configuration);
  }
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    process.stderr.write(`The port is taken: ${error.message}. Stop the other program, or set PORT.\n`);
    process.exit(EXIT.environment);
  }
  throw error;
}
