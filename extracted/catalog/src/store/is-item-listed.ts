import type { Database, Statement } from "./database.ts";

const statement: Statement<{ listed: boolean }> = {
  name: "is-item-listed",
  sql: "SELECT EXISTS (SELECT FROM items WHERE id = $1 AND is_listed) AS listed",
};

export async function isItemListed(database: Database, itemId: number): Promise<boolean> {
  const [row] = await database.query(statement, [itemId]);
  return row?.listed ?? false;
}
