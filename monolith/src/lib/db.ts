import createKnex, { type Knex } from "knex";

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
  });
  return db;
}

/** True for errors that say "the database cannot answer now", as opposed to "it did not like the question". */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return AWAY_CODE.test(code) || error.name === "KnexTimeoutError" || AWAY_MESSAGE.test(error.message);
}

/** True when two transactions stood in each other's way and one was taken back; trying again helps. */
export function isConflictOfTransactions(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "40P01" || error.code === "40001");
}

/** True when a row is refused because another with the same unique value exists. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "23505";
}

// Class 08 connection, 53 resources, 57 operator (57014, a statement that took too long, among them).
const AWAY_CODE = /^(08|53|57P?)\w+$|^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH)$/;
// node-postgres gives these no code.
const AWAY_MESSAGE = /Connection terminated|connection timeout|Query read timeout|timeout expired|not queryable/i;
