import type { AccessMode, ColumnFact } from "../../source-facts.ts";
import { HOLE_NAME } from "./fill-holes.ts";

/** What one piece of SQL says about tables, whatever its form. */
export type SqlFindings = {
  tables: { name: string; mode: AccessMode; offset: number }[];
  creates: {
    table: string;
    columns: ColumnFact[];
    foreignKeys: { columns: string[]; to: string; offset: number }[];
    offset: number;
  }[];
  drops: { table: string; offset: number }[];
  triggers: { name: string; on: string; function: string; offset: number }[];
  functions: { name: string; tables: { name: string; mode: AccessMode }[]; offset: number }[];
};

export function createFindings(): SqlFindings {
  return { tables: [], creates: [], drops: [], triggers: [], functions: [] };
}

/** The part of a grammar's tree that is read; everything else is walked through. */
type Tree = { [key: string]: unknown };

/** Reads the tree of PostgreSQL's own grammar. Names that a WITH clause defines are no tables. */
export function collectTables(tree: unknown, findings: SqlFindings): void {
  visit(tree, { mode: "read", known: new Set(), start: 0 }, findings);
}

/** `schema.name` with the public schema left out; null for the database's own catalogs. */
export function tableName(schema: unknown, name: unknown): string | null {
  if (typeof name !== "string") return null;
  if (schema === "pg_catalog" || schema === "information_schema" || name.startsWith("pg_")) return null;
  // A schema from the configuration does not hide the table's own name.
  return typeof schema === "string" && schema !== "public" && !schema.includes(HOLE_NAME) ? `${schema}.${name}` : name;
}

// --- internal ---

/** `start` is where the statement around begins in the text. */
type Surroundings = { mode: AccessMode; known: ReadonlySet<string>; start: number };

function visit(node: unknown, around: Surroundings, findings: SqlFindings): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, around, findings);
    return;
  }
  if (!isTree(node)) return;
  const start = node["stmt_location"];
  const inner = typeof start === "number" ? { ...around, start } : around;
  for (const [kind, value] of Object.entries(node)) {
    if (kind === "RangeVar" && isTree(value)) addTable(value, inner, findings);
    else if (isTree(value) && STATEMENTS[kind]) STATEMENTS[kind](value, inner, findings);
    else visit(value, inner, findings);
  }
}

type Reader = (node: Tree, around: Surroundings, findings: SqlFindings) => void;

const STATEMENTS: Readonly<Record<string, Reader>> = {
  SelectStmt: (node, around, findings) => visitRest(node, [], withNames(node, around, findings), findings),
  InsertStmt: writeTo("relation"),
  UpdateStmt: writeTo("relation"),
  DeleteStmt: writeTo("relation"),
  MergeStmt: writeTo("relation"),
  TruncateStmt: (node, around, findings) => visit(node["relations"], { ...around, mode: "write" }, findings),
  CopyStmt: (node, around, findings) => {
    addRelation(node["relation"], { ...around, mode: node["is_from"] === true ? "write" : "read" }, findings);
    visit(node["query"], around, findings);
  },
  CreateStmt: (node, _around, findings) => addCreate(node, findings),
  ViewStmt: (node, around, findings) => {
    const view = relationName(node["view"]);
    if (view) findings.creates.push({ table: view.name, columns: [], foreignKeys: [], offset: view.offset });
    visit(node["query"], around, findings);
  },
  CreateTableAsStmt: (node, around, findings) => {
    const into = isTree(node["into"]) ? relationName(node["into"]["rel"]) : null;
    if (into) findings.creates.push({ table: into.name, columns: [], foreignKeys: [], offset: into.offset });
    visit(node["query"], around, findings);
  },
  AlterTableStmt: (node, _around, findings) => addAlter(node, findings),
  IndexStmt: () => undefined,
  DropStmt: (node, around, findings) => addDrops(node, around.start, findings),
  CreateTrigStmt: (node, _around, findings) => addTrigger(node, findings),
  CreateFunctionStmt: () => undefined, // its body is text in a language of its own
};

function writeTo(key: string): Reader {
  return (node, around, findings) => {
    const inner = withNames(node, around, findings);
    addRelation(node[key], { ...inner, mode: "write" }, findings);
    visitRest(node, [key], inner, findings);
  };
}

function visitRest(node: Tree, except: string[], around: Surroundings, findings: SqlFindings): void {
  for (const [key, value] of Object.entries(node)) {
    if (key === "withClause" || except.includes(key)) continue;
    if (key === "larg" || key === "rarg") visit({ SelectStmt: value }, around, findings);
    else visit(value, around, findings);
  }
}

// The queries of a WITH clause are read here as well; a recursive one may name itself.
function withNames(node: Tree, around: Surroundings, findings: SqlFindings): Surroundings {
  const clause = node["withClause"];
  const list: unknown = isTree(clause) ? clause["ctes"] : [];
  const ctes = (Array.isArray(list) ? list : []).flatMap((item: unknown) =>
    isTree(item) && isTree(item["CommonTableExpr"]) ? [item["CommonTableExpr"]] : [],
  );
  const names = ctes.flatMap((cte) => (typeof cte["ctename"] === "string" ? [cte["ctename"]] : []));
  const inner = { ...around, known: new Set([...around.known, ...names]) };
  for (const cte of ctes) visit(cte["ctequery"], { ...inner, mode: "read" }, findings);
  return { ...inner, mode: "read" };
}

function addRelation(relation: unknown, around: Surroundings, findings: SqlFindings): void {
  if (isTree(relation)) addTable(relation, around, findings);
}

function addTable(relation: Tree, around: Surroundings, findings: SqlFindings): void {
  const found = relationName(relation);
  if (!found || (relation["schemaname"] === undefined && around.known.has(found.name))) return;
  findings.tables.push({ name: found.name, mode: around.mode, offset: found.offset });
}

function relationName(relation: unknown): { name: string; offset: number } | null {
  if (!isTree(relation)) return null;
  const name = tableName(relation["schemaname"], relation["relname"]);
  return name === null ? null : { name, offset: offsetOf(relation) };
}

function offsetOf(node: Tree): number {
  return typeof node["location"] === "number" ? node["location"] : 0;
}

function addCreate(node: Tree, findings: SqlFindings): void {
  const table = relationName(node["relation"]);
  if (!table) return;
  findings.creates.push({
    table: table.name,
    columns: columnsIn(node["tableElts"]),
    foreignKeys: foreignKeysIn(node["tableElts"], []),
    offset: table.offset,
  });
}

function addAlter(node: Tree, findings: SqlFindings): void {
  const table = relationName(node["relation"]);
  const foreignKeys = foreignKeysIn(node["cmds"], []);
  const columns = columnsIn(node["cmds"]);
  if (table && (foreignKeys.length > 0 || columns.length > 0)) {
    findings.creates.push({ table: table.name, columns, foreignKeys, offset: table.offset });
  }
}

/** The columns of a table's definition; a primary key may stand with its column or at the end. */
function columnsIn(node: unknown): ColumnFact[] {
  const keys = new Set(primaryKeysIn(node, null));
  return definitionsIn(node).map((name) => ({ name, primary: keys.has(name) }));
}

function definitionsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap((item: unknown) => definitionsIn(item));
  if (!isTree(node)) return [];
  const column = node["ColumnDef"];
  if (isTree(column)) return typeof column["colname"] === "string" ? [column["colname"]] : [];
  return Object.values(node).flatMap((value) => definitionsIn(value));
}

function primaryKeysIn(node: unknown, column: string | null): string[] {
  if (Array.isArray(node)) return node.flatMap((item: unknown) => primaryKeysIn(item, column));
  if (!isTree(node)) return [];
  const own = typeof node["colname"] === "string" ? node["colname"] : column;
  if (node["contype"] === "CONSTR_PRIMARY") return [...strings(node["keys"]), ...(own === null ? [] : [own])];
  return Object.values(node).flatMap((value) => primaryKeysIn(value, own));
}

type ForeignKey = SqlFindings["creates"][number]["foreignKeys"][number];

function foreignKeysIn(node: unknown, columns: string[]): ForeignKey[] {
  if (Array.isArray(node)) return node.flatMap((item: unknown) => foreignKeysIn(item, columns));
  if (!isTree(node)) return [];
  const own = typeof node["colname"] === "string" ? [node["colname"]] : columns;
  if (node["contype"] === "CONSTR_FOREIGN") {
    const to = relationName(node["pktable"]);
    const named = strings(node["fk_attrs"]);
    return to ? [{ columns: named.length > 0 ? named : own, to: to.name, offset: offsetOf(node) }] : [];
  }
  return Object.values(node).flatMap((value) => foreignKeysIn(value, own));
}

function addDrops(node: Tree, offset: number, findings: SqlFindings): void {
  if (node["removeType"] !== "OBJECT_TABLE" || !Array.isArray(node["objects"])) return;
  for (const object of node["objects"]) {
    const name = qualifiedName(object);
    if (name !== null) findings.drops.push({ table: name, offset });
  }
}

function addTrigger(node: Tree, findings: SqlFindings): void {
  const on = relationName(node["relation"]);
  const called = qualifiedName(node["funcname"]);
  const name = node["trigname"];
  if (on && called !== null && typeof name === "string") {
    findings.triggers.push({ name, on: on.name, function: called, offset: on.offset });
  }
}

/** `[{String: {sval: 'public'}}, {String: {sval: 'f'}}]` or a List of those. */
export function qualifiedName(node: unknown): string | null {
  const parts = strings(node);
  return parts.length === 0 ? null : tableName(parts.at(-2), parts.at(-1));
}

function strings(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap((item: unknown) => strings(item));
  if (!isTree(node)) return [];
  if (typeof node["sval"] === "string") return [node["sval"]];
  return Object.values(node).flatMap((value) => strings(value));
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
