/** knex's vocabulary, as far as it tells a query chain from any other chain of calls. */

/** Names that people give to a knex instance or a transaction of it. */
export const DATABASE_NAME =
  /^_?(?:knex|db|database|trx|tx|txn|transaction|conn|connection|qb|query|querybuilder|pg|k)(?:Client|Instance|Connection|Knex)?_?$/i;

/** Members that are called with a table: `this.db('posts')`, `app.knex('posts')`. */
export const DATABASE_MEMBER = /^_?(?:knex|db|database|trx|tx|conn)(?:Instance|Connection|Knex)?_?$/;

/** Steps that take a table as their first argument. */
export const TABLE_STEPS = new Set(["from", "into", "table"]);

export const JOIN_STEPS = new Set([
  "join",
  "innerJoin",
  "leftJoin",
  "leftOuterJoin",
  "rightJoin",
  "rightOuterJoin",
  "outerJoin",
  "fullOuterJoin",
  "crossJoin",
]);

export const WRITE_STEPS = new Set([
  "insert",
  "update",
  "del",
  "delete",
  "truncate",
  "increment",
  "decrement",
  "upsert",
  "batchInsert",
]);

/** Steps that hold a piece of SQL in their first argument. */
export const RAW_FRAGMENT_STEPS = new Set([
  "joinRaw",
  "whereRaw",
  "andWhereRaw",
  "orWhereRaw",
  "havingRaw",
  "orderByRaw",
  "groupByRaw",
  "fromRaw",
]);

/** Steps that hardly anything but a query builder has; `update`, `delete`, `select` and the like are everybody's. */
export const BUILDER_STEPS = new Set([
  ...RAW_FRAGMENT_STEPS,
  "where",
  "andWhere",
  "orWhere",
  "whereNot",
  "whereIn",
  "whereNotIn",
  "whereNull",
  "whereNotNull",
  "whereExists",
  "whereNotExists",
  "whereBetween",
  "whereLike",
  "whereILike",
  "innerJoin",
  "leftJoin",
  "leftOuterJoin",
  "rightJoin",
  "fullOuterJoin",
  "orderBy",
  "groupBy",
  "returning",
  "onConflict",
  "forUpdate",
  "forShare",
  "skipLocked",
  "pluck",
  "countDistinct",
  "withSchema",
]);

/** Callbacks of these run after the query; what they query is no part of it. */
export const AFTER_STEPS = new Set([
  "then",
  "catch",
  "finally",
  "map",
  "each",
  "tap",
  "reduce",
  "filter",
  "asCallback",
]);

/** Schema builder steps and what they do to the table in their first argument. */
export const SCHEMA_STEPS: Readonly<Record<string, "create" | "alter" | "drop" | "rename">> = {
  createTable: "create",
  createTableIfNotExists: "create",
  createTableLike: "create",
  createView: "create",
  createViewOrReplace: "create",
  createMaterializedView: "create",
  table: "alter",
  alterTable: "alter",
  dropTable: "drop",
  dropTableIfExists: "drop",
  renameTable: "rename",
};
