import type { Tour } from "../tour.ts";

type TableAnswer = { table: string; outcome: "equal" | "different" | "could not compare"; rows: number };

/** Compares every row of both databases. */
export async function verifyRows({ strangler, narrator, findings }: Tour): Promise<void> {
  narrator.step("Verify: every row of both databases, while customers go on buying");
  const { tables } = await strangler.json<{ tables: TableAnswer[] }>(["verify", "catalog"], [0, 1, 4]);
  for (const { table, outcome, rows } of tables) narrator.say(`${table.padEnd(28)} ${outcome}, ${rows} rows`);
  const equal = tables.filter(({ outcome }) => outcome === "equal");
  findings.rowsEqual = equal.reduce((sum, { rows }) => sum + rows, 0);
  findings.drifted.push(...tables.filter((table) => !equal.includes(table)).map(({ table }) => table));
}
