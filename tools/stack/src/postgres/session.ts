import pg from "pg";

export type Session = { query: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]> };

/** Lends one session and closes it afterwards. */
export async function withSession<Result>(url: string, use: (session: Session) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: "strangler",
  });
  await client.connect();
  try {
    return await use({
      query: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
        (await client.query<Row>(sql, values)).rows,
    });
  } finally {
    await client.end();
  }
}

export const identifier = (name: string): string => pg.escapeIdentifier(name);
export const literal = (text: string): string => pg.escapeLiteral(text);
