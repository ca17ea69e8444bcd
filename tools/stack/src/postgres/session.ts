import type { QueryResultRow } from "pg";

export type Session = { query: <Row extends QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]> };

/** Lends one session and closes it afterwards. */
export async function withSession<Result>(url: string, use: (session: Session) => Promise<Result>): Promise<Result> {
  // Loaded when needed: most commands never speak to the server.
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: "strangler",
  });
  await client.connect();
  try {
    return await use({
      query: async <Row extends QueryResultRow>(sql: string, values: unknown[] = []) =>
        (await client.query<Row>(sql, values)).rows,
    });
  } finally {
    await client.end();
  }
}

/** Quoted for SQL. Names of the plan need no quotes; those on a server of the user's own might. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
