import type { AccessMode, Mapper } from "../../../source-facts.ts";

/** The methods of mappers whose calls look alike: only the model tells whose `User.find()` it is. */

/** What a method is called on: the model itself, one of its rows, a repository of it, a query that is being built. */
export type Role = "model" | "row" | "store" | "query";

/** How a call of `method` on that role of a mapper's model uses the table; null: not at all. */
export function methodMode(mapper: Mapper, role: Role, method: string): AccessMode | null {
  const roles = METHODS[mapper];
  return method.startsWith(MANAGER)
    ? (roles?.store?.get(method.slice(MANAGER.length)) ?? null)
    : (roles?.[role]?.get(method) ?? null);
}

/** In front of a method that is called on an entity manager with the model, or a row of it, as first argument. */
export const MANAGER = "manager.";

export function isManagerMethod(name: string): boolean {
  return MIKROORM_STORE.has(name) || TYPEORM_STORE.has(name);
}

/** Every method of any mapper: what a reader of code must not overlook. */
export function isMapperMethod(name: string): boolean {
  return ALL_METHODS.has(name);
}

/**
 * The method of a mapper that one of a base class of models is named after: `saveWithContext` after `save`. Null for
 * any other name.
 */
export function methodBehind(name: string): string | null {
  const [, method = ""] = BUILT_ON.exec(name) ?? [];
  return ALL_METHODS.has(method) ? method : null;
}

export function isBuiltOnMapper(name: string): boolean {
  return methodBehind(name) !== null;
}

/** Stands for the call that made a row of which nothing but the name of its variable is known. */
export const GUESSED_ROW = "?";

/** True for methods of a row that touch its table. */
export function isRowMethod(name: string): boolean {
  return ROW_METHODS.has(name);
}

/** True for what people call the object that holds all models: `db.User`, `models.User`. */
export function isHolderName(name: string): boolean {
  return /^(?:db|models?|orm|sequelize|database|connection|conn|mongoose|mongo)$/i.test(name);
}

/** Types of libraries that stand for the model in their first type argument. */
export const STORE_TYPES: Readonly<Record<string, Role>> = {
  Repository: "store",
  TreeRepository: "store",
  MongoRepository: "store",
  AbstractRepository: "store",
  EntityRepository: "store",
  SqlEntityRepository: "store",
  Model: "model",
  ModelCtor: "model",
  ModelStatic: "model",
  PaginateModel: "model",
  SoftDeleteModel: "model",
  ReturnModelType: "model",
  AccessibleModel: "model",
  SelectQueryBuilder: "query",
  UpdateQueryBuilder: "query",
  DeleteQueryBuilder: "query",
  QueryBuilder: "query",
  HydratedDocument: "row",
  DocumentType: "row",
  Loaded: "row",
  Reference: "row",
  Ref: "row",
  Collection: "row",
  InstanceType: "row",
};

/** Methods that give back what they are called on, with other defaults. */
export const SAME_MODEL = new Set(["scope", "unscoped", "withScope", "schema", "extend", "bind", "setOptions"]);

/** Methods of rows, of lists of them and of queries for them that give one or some of the rows back. */
export const ROW_LISTS = new Set([
  "find",
  "filter",
  "slice",
  "sort",
  "at",
  "pop",
  "shift",
  "concat",
  "reverse",
  "flat",
  "values",
  "get",
  "load",
  "save",
  "reload",
  "populate",
  "exec",
  "lean",
  "select",
  "limit",
  "skip",
  "session",
  "orFail",
  "getItems",
  "toArray",
  "$query",
]);

// --- internal ---

const BUILT_ON = /^([a-z]\w*?(?:ByPk|OrCreate|OrFail)?)(?:With|Without|Or|And|In)[A-Z]\w*$/;

function table(read: string, write: string): ReadonlyMap<string, AccessMode> {
  const names = (text: string, mode: AccessMode): [string, AccessMode][] =>
    [...text.matchAll(/\S+/g)].map(([name]) => [name, mode]);
  return new Map([...names(read, "read"), ...names(write, "write")]);
}

const TYPEORM_STORE = table(
  "find findBy findOne findOneBy findOneOrFail findOneByOrFail findByIds findAndCount findAndCountBy findTrees findRoots findDescendants findDescendantsTree findAncestors findAncestorsTree countDescendants countAncestors count countBy exist existsBy exists sum average minimum maximum preload createQueryBuilder stream",
  "save insert update upsert delete remove softDelete softRemove recover restore increment decrement clear",
);

const MIKROORM_STORE = table(
  "find findOne findOneOrFail findAll findAndCount findByCursor count createQueryBuilder qb populate refresh stream",
  "create insert insertMany upsert upsertMany nativeInsert nativeUpdate nativeDelete persist persistAndFlush persistLater remove removeAndFlush removeLater",
);

const METHODS: Partial<Record<Mapper, Partial<Record<Role, ReadonlyMap<string, AccessMode>>>>> = {
  typeorm: {
    model: TYPEORM_STORE,
    store: TYPEORM_STORE,
    row: table("reload", "save remove softRemove recover"),
    query: table("leftJoin", ""),
  },
  mikroorm: {
    store: MIKROORM_STORE,
    query: table("leftJoin", ""),
  },
  sequelize: {
    model: table(
      "findAll findOne findByPk findById findByPrimary find findAndCountAll findAndCount findOrBuild count max min sum aggregate",
      "create bulkCreate bulkBuild update upsert destroy truncate restore increment decrement findOrCreate findCreateFind insertOrUpdate",
    ),
    row: table(
      "reload $get $count $has",
      "save update updateAttributes destroy restore increment decrement $set $add $create $remove",
    ),
  },
  mongoose: {
    model: table(
      "find findOne findById count countDocuments estimatedDocumentCount distinct exists aggregate where populate watch paginate $where",
      "create insertMany insertOne bulkWrite bulkSave update updateOne updateMany replaceOne deleteOne deleteMany remove findOneAndUpdate findOneAndDelete findOneAndRemove findOneAndReplace findByIdAndUpdate findByIdAndDelete findByIdAndRemove findAndModify",
    ),
    row: table("populate", "save remove deleteOne updateOne replaceOne update"),
  },
};

const ALL_METHODS = new Set(
  Object.values(METHODS).flatMap((roles) => Object.values(roles).flatMap((methods) => [...methods.keys()])),
);

const ROW_METHODS = new Set(Object.values(METHODS).flatMap(({ row }) => [...(row?.keys() ?? [])]));
