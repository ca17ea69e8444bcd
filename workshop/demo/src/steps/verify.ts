import type { Tour } from "../tour.ts";

type TableAnswer = { table: string; outcome: "equal" | "different" | "could not compare"; rows: number };

/** Compares every row of both databases. */
export async function verifyRows({ strangler, narrator, findings }: Tour): Promise<void> {
  narrator.step("Verify: every row of both databases, while customers go on buying");
  const { tables } = await strangler.json<{ tables: TableAnswer[] }>(["verify", "catalog"], [0, 1, 4]);
  findings.tables = tables.map(({ table, outcome, rows }) => ({ name: table, outcome, rows }));
  for (const { name, outcome, rows } of findings.tables) narrator.say(`${name.padEnd(28)} ${outcome}, ${rows} rows`);
}
