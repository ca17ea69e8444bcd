import type { Mapper } from "./source-facts.ts";

/** The table of a model that does not name it: what the mapper makes of the model's name. Null: it makes nothing. */
export function derivedTable(mapper: Mapper, model: string): string | null {
  return CONVENTIONS[mapper](model);
}

/** The table between two where no one names it; the same sources as for models. */
export function derivedTableBetween(
  mapper: Mapper,
  table: string | null,
  field: string,
  target: string | null,
): string | null {
  if (table === null || target === null) return null;
  if (mapper === "typeorm") return snakeCase(`${table}_${field.replaceAll(".", "_")}_${target}`);
  return mapper === "mikroorm" ? `${table}_${snakeCase(field)}` : null;
}

/** TypeORM's DefaultNamingStrategy: `UserRole` -> `user_role`, `HTTPRequest` -> `http_request`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([A-Z])([A-Z])([a-z])/g, "$1_$2$3")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** The plural of an English noun, with the case of its beginning kept: what Sequelize and Mongoose call a table. */
export function pluralOf(noun: string): string {
  const last = noun.search(/[A-Z]?[a-z]*$/);
  const word = noun.slice(last).toLowerCase();
  if (UNCOUNTABLE.has(word)) return noun;
  const rule = PLURALS.find(([singular]) => singular.test(noun));
  return rule ? noun.replace(rule[0], rule[1]) : noun;
}

/** The names a relation of one or of many may go by: `post` and `posts`. */
export function sameNoun(a: string, b: string): boolean {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left === right || pluralOf(left) === right || left === pluralOf(right);
}

// --- internal ---

const same = (name: string): string => name;
const nothing = (): null => null;

/**
 * Each as the mapper's documentation gives it: typeorm.io/naming-strategy, mikro-orm.io/docs/naming-strategy,
 * sequelize.org/docs/v6/core-concepts/model-basics "table name inference", mongoosejs.com/docs/models,
 * prisma.io/docs `@@map`. Drizzle, Kysely, Objection and Bookshelf want a table from the author; where a model of
 * theirs has none, it is an abstract one.
 */
const CONVENTIONS: Readonly<Record<Mapper, (model: string) => string | null>> = {
  typeorm: snakeCase,
  mikroorm: (model) => model.replaceAll(/([^_])([A-Z])/g, "$1_$2").toLowerCase(),
  sequelize: pluralOf,
  mongoose: (model) => pluralOf(model.toLowerCase()),
  prisma: same,
  kysely: same,
  drizzle: nothing,
  objection: nothing,
  bookshelf: nothing,
};

const UNCOUNTABLE = new Set(
  "advice energy equipment information rice money species series fish sheep moose deer news media rain paper health justice".split(
    " ",
  ),
);

const PLURALS: readonly (readonly [RegExp, string])[] = [
  [/([^a-z])$/i, "$1"],
  [/(pe)rson$/i, "$1ople"],
  [/(child)$/i, "$1ren"],
  [/(m)an$/i, "$1en"],
  [/(mouse)$/i, "mice"],
  [/(quiz)$/i, "$1zes"],
  [/(ox)$/i, "$1es"],
  [/(matr|vert|ind)(?:ix|ex)$/i, "$1ices"],
  [/([ti])um$/i, "$1a"],
  [/(ax|test)is$/i, "$1es"],
  [/sis$/i, "ses"],
  [/(alias|status)$/i, "$1es"],
  [/(bu)s$/i, "$1ses"],
  [/(buffal|tomat|potat)o$/i, "$1oes"],
  [/(data)$/i, "$1"],
  [/([^f])fe$/i, "$1ves"],
  [/([lr])f$/i, "$1ves"],
  [/([^aeiouy]|qu)y$/i, "$1ies"],
  [/(x|ch|ss|sh)$/i, "$1es"],
  [/s$/i, "s"],
  [/$/, "s"],
];
