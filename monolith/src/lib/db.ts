import createKnex, { type Knex } from "knex";
import { log } from "./log.ts";

export type { Knex };

/** The one database of the shop. Everybody imports it; it is there once `connectDatabase` has been called. */
export let db: Knex;

// Ten connections have to do: the server is shared with the back office.
const POOL_MAX = 10;
const CONNECT_MS = 3_000;
const STATEMENT_MS = 10_000;

/** Connects lazily: a database that is away makes requests fail, not the start. */
export function connectDatabase(url: string): Knex {
  db = createKnex({
    client: "pg",
    connection: {
      connectionString: url,
      application_name: "monolith",
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      // The server may be gone without a word; then its own timeout never arrives.
      query_timeout: STATEMENT_MS + 2_000,
    },
    pool: { min: 0, max: POOL_MAX },
    acquireConnectionTimeout: CONNECT_MS + 1_000,
    // Left alone, knex writes plain text between our JSON lines.
    log: {
      warn: (message: unknown) => log.warn("knex", { text: String(message) }),
      error: (message: unknown) => log.warn("knex", { text: String(message) }),
      deprecate: (method: string, alternative: string) => log.warn("knex", { method, alternative }),
      debug: (message: unknown) => log.debug("knex", { text: String(message) }),
    },
  });
  return db;
}

/** True for errors that say "the database cannot answer now", as opposed to "it did not like the question". */
export function isDatabaseAway(error: unknown): boolean {
  const { code, name, message, errors } = factsOf(error);
  // A name that stands for several addresses fails once for each.
  if (errors.length > 0) return errors.some(isDatabaseAway);
  return AWAY_CODE.test(code) || name === "KnexTimeoutError" || AWAY_MESSAGE.test(message);
}

/** True when two transactions stood in each other's way and one was taken back; trying again helps. */
export function isConflictOfTransactions(error: unknown): boolean {
  return ["40P01", "40001"].includes(factsOf(error).code);
}

/** True when a row is refused because another with the same unique value exists. */
export function isDuplicate(error: unknown): boolean {
  return factsOf(error).code === "23505";
}

type ErrorFacts = { code: string; name: string; message: string; errors: unknown[] };

function factsOf(error: unknown): ErrorFacts {
  const { code, name, message, errors } = (typeof error === "object" && error !== null ? error : {}) as Partial<
    Record<keyof ErrorFacts, unknown>
  >;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { code: text(code), name: text(name), message: text(message), errors: Array.isArray(errors) ? errors : [] };
}

// Class 08 connection, 53 resources, 57 operator (57014, a statement that took too long, among them).
const AWAY_CODE = /^(08|53|57P?)\w+$|^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH)$/;
// node-postgres gives these no code.
const AWAY_MESSAGE = /Connection terminated|connection timeout|Query read timeout|timeout expired|not queryable/i;
