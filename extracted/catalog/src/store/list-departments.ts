import type { CategoryName } from "../domain/category-tree.ts";
import type { Database, Statement } from "./database.ts";

const statement: Statement<CategoryName> = {
  name: "list-departments",
  sql: "SELECT id, slug, title FROM categories WHERE parent_id IS NULL ORDER BY sort_order, id",
};

/** The upper storey, for the head of every page. */
export function listDepartments(database: Database): Promise<CategoryName[]> {
  return database.query(statement);
}
