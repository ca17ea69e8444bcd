import type { Logger } from "@strangler/platform";
import pg from "pg";
import { DatabaseUnavailableError } from "../errors.ts";

/** One SQL statement with its name: the server parses it once per connection. `row` only carries the type of what it answers. */
export type Statement<Row extends pg.QueryResultRow> = { name: string; sql: string; row?: Row };

export type Database = {
  /** Throws DatabaseUnavailableError when there is nobody to ask, or the answer stopped half-way. */
  query: <Row extends pg.QueryResultRow>(statement: Statement<Row>, values?: readonly unknown[]) => Promise<Row[]>;
  close: () => Promise<void>;
};

/** Connects when it is first asked, and again after the database was away. */
export function createDatabase(url: string, log: Logger): Database {
  const pool = new pg.Pool({
    connectionString: url,
    // Every answer takes a few short statements: more connections would wait in PostgreSQL instead of here.
    max: 5,
    connectionTimeoutMillis: 2_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 5_000,
    // The server may be gone without a word; then its own timeout never arrives.
    query_timeout: 6_000,
    application_name: "catalog",
  });
  // A connection that breaks while nobody uses it: the pool has already let go of it.
  pool.on("error", (error) => log.warn({ err: error }, "an idle database connection ended"));
  // One that breaks in use fails its statement, and says so here as well: an event that nobody hears would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return {
    query: async <Row extends pg.QueryResultRow>({ name, sql }: Statement<Row>, values: readonly unknown[] = []) => {
      const client = await connect(pool);
      try {
        const { rows } = await client.query<Row>({ name, text: sql, values: [...values] });
        client.release();
        return rows;
      } catch (error) {
        const refused = isStatementRefused(error);
        client.release(!refused);
        throw refused ? error : new DatabaseUnavailableError(error);
      }
    },
    close: () => pool.end(),
  };
}

// --- internal ---

// Whatever keeps us from being let in, a wrong password included, leaves nobody to ask.
async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw new DatabaseUnavailableError(error);
  }
}

// The server answered, and said no to the statement itself: our fault. Everything else is nobody there: a socket that ended, an
// answer that did not come, and the server's own farewells (PostgreSQL, appendix A: classes 08, 53, 57).
function isStatementRefused(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(08|53|57)/.test(error.code ?? "");
}
