import { describe, expect, test } from "@jest/globals";
import { relationPaths } from "../src/read/syntax/models/relation-expression.ts";
import { linkTexts } from "./link-texts.ts";

const MODELS = {
  "models/base.js": `import { Model } from "objection"; export default class Base extends Model {}`,
  "models/person.js": `
    import Base from "./base.js";
    import Pet from "./pet.js";
    export default class Person extends Base {
      static tableName = "persons";
      static jsonSchema = { type: "object", properties: { id: {}, name: {} } };
      static relationMappings = () => ({
        pets: { relation: Base.HasManyRelation, modelClass: Pet, join: { from: "persons.id", to: "pets.owner_id" } },
        movies: {
          relation: Base.ManyToManyRelation,
          modelClass: __dirname + "/movie",
          join: { from: "persons.id", through: { from: "persons_movies.person_id", to: "persons_movies.movie_id" }, to: "movies.id" },
        },
      });
      static newest() { return this.query().orderBy("id", "desc").first(); }
      async rename(name) { await this.$query().patch({ name }); await this.$relatedQuery("pets").delete(); }
    }
  `,
  "models/pet.js": `
    import Base from "./base.js";
    export default class Pet extends Base {
      static get tableName() { return "pets"; }
      static get relationMappings() {
        const Person = require("./person.js").default;
        return {
          owner: { relation: Base.BelongsToOneRelation, modelClass: () => Person, join: { from: "pets.owner_id", to: "persons.id" } },
        };
      }
    }
  `,
  "models/movie.js": `
    import Base from "./base.js";
    export default class Movie extends Base { static tableName = "movies"; }
  `,
};

async function uses(code: string): Promise<string[]> {
  const head = `import Person from "../models/person.js"; import Pet from "../models/pet.js";`;
  const { statements } = await linkTexts({ ...MODELS, "src/persons.js": `${head}\n${code}` }, ["objection"]);
  return statements
    .filter(({ file }) => file.startsWith("src/"))
    .map(({ tables }) => tables.map(({ table, mode }) => `${mode} ${table ?? "?"}`).join(", "));
}

describe("tables behind Objection", () => {
  test("declared with columns and foreign keys, and what their own methods touch", async () => {
    const { tables, statements } = await linkTexts(MODELS, ["objection"]);

    expect(tables.map(({ name }) => name)).toEqual(["movies", "persons", "persons_movies", "pets"]);
    expect(tables.find(({ name }) => name === "persons")?.columns.map(({ name }) => name)).toEqual(["id", "name"]);
    expect(tables.find(({ name }) => name === "pets")?.foreignKeys).toMatchObject([
      { columns: ["owner_id"], to: "persons" },
    ]);
    const inside = statements.flatMap(({ tables: touched }) => touched.map(({ table, mode }) => `${mode} ${table}`));
    expect(inside).toEqual(["read persons", "write persons", "write pets"]);
  });

  test.each([
    ["Person.query().findById(1)", "read persons"],
    ["Person.query(trx).where('name', name).first()", "read persons"],
    ["Person.query().insertAndFetch({ name })", "write persons"],
    ["Person.query().patchAndFetchById(1, { name })", "write persons"],
    ["Person.query().deleteById(1)", "write persons"],
    ["Person.bindKnex(knex).query().update({ name })", "write persons"],
    ["Person.query().withGraphFetched('[pets.owner, movies]')", "read persons, read pets, read persons, read movies"],
    ["Person.query().withGraphJoined({ pets: { owner: true } })", "read persons, read pets, read persons"],
    ["Person.query().joinRelated('pets').where('pets.name', name)", "read persons, read pets"],
    ["Person.query().insertGraph({ name, pets: [{ name: 'a' }] })", "write persons, write pets"],
    ["Person.query().allowGraph('[pets]').upsertGraph(input)", "write persons, write pets"],
    ["Person.query().whereIn('id', Pet.query().select('owner_id'))", "read persons, read pets"],
    ["Person.relatedQuery('pets').for(1).patch({ name })", "write pets"],
    ["currentPerson.$query().patch({ name })", "write persons"],
    ["request.holder.$relatedQuery('movies')", "read movies"],
  ])("%s", async (call, expected) => {
    const [first] = await uses(`async function run() { await ${call}; }`);
    expect([...new Set(first?.split(", "))].join(", ")).toBe([...new Set(expected.split(", "))].join(", "));
  });

  test("a row is known by the query it came from", async () => {
    const code = `
      async function run() {
        const one = await Pet.query().findById(1);
        const two = await one.$relatedQuery("owner");
        await two.$query().delete();
        for (const each of await Person.query()) await each.$relatedQuery("pets").insert({});
      }
    `;
    expect(await uses(code)).toEqual(["read pets", "read persons", "write persons", "read persons", "write pets"]);
  });

  test("a model bound to a transaction is the model", async () => {
    expect(await uses(`transaction(Person, async (Bound) => { await Bound.query().insert({}); });`)).toEqual([
      "write persons",
    ]);
  });

  test("models that an index spreads into its exports", async () => {
    const { statements } = await linkTexts(
      {
        "models/user.js": `exports.User = class User extends Password(Model) { static get tableName() { return "users"; } };`,
        "models/index.js": `const user = require("./user"); module.exports = { ...user, ...require("./none") };`,
        "models/none.js": `exports.nothing = 1;`,
        "src/users.js": `const { User } = require("../models"); exports.all = () => User.query();`,
      },
      ["objection"],
    );

    expect(statements.map(({ file, tables }) => [file, tables[0]?.table])).toEqual([["src/users.js", "users"]]);
  });

  test("what only looks like it is left alone", async () => {
    const code = `
      await pool.query("select 1");
      await apollo.query({ query: PERSONS });
      const found = await search.query().limit(1);
    `;
    expect((await uses(code)).filter((use) => use !== "")).toEqual([]);
  });

  test("relation expressions", () => {
    const paths = (text: string): string[] => relationPaths(text).map((path) => path.join("."));

    expect(paths("pets")).toEqual(["pets"]);
    expect(paths("[pets, children.[pets as dogs, movies(old)]]")).toEqual([
      "pets",
      "children",
      "children.pets",
      "children.movies",
    ]);
    expect(paths("parent.^3")).toEqual(["parent"]);
  });
});
