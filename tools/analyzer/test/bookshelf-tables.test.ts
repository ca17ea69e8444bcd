import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

const MODELS = {
  "models/author.js": `
    const bookshelf = require("../bookshelf");
    module.exports = bookshelf.model("Author", {
      tableName: "authors",
      posts() { return this.hasMany("Post"); },
    });
  `,
  "models/post.js": `
    const bookshelf = require("../bookshelf");
    const Post = bookshelf.Model.extend({
      tableName: "posts",
      author: function () { return this.belongsTo("Author"); },
      tags() { return this.belongsToMany(Tag, "posts_tags"); },
    });
    module.exports = bookshelf.model("Post", Post);
  `,
  "models/tag.js": `
    class Tag extends bookshelf.Model { get tableName() { return "tags"; } }
    module.exports = Tag;
  `,
  "bookshelf.js": `module.exports = require("bookshelf")(require("knex")(config));`,
};

async function uses(code: string): Promise<string[]> {
  const head = `const Author = require("../models/author"); const Post = require("../models/post"); const Tag = require("../models/tag");`;
  const { statements } = await linkTexts({ ...MODELS, "src/posts.js": `${head}\n${code}` }, ["bookshelf", "knex"]);
  return statements.flatMap(({ file, tables }) =>
    file.startsWith("src/") ? [tables.map(({ table, mode }) => `${mode} ${table ?? "?"}`).join(", ")] : [],
  );
}

describe("tables behind Bookshelf", () => {
  test("models by call, by extension and by class, with foreign keys", async () => {
    const { tables } = await linkTexts(MODELS, ["bookshelf", "knex"]);

    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["authors", "posts", "tags"]));
    expect(tables.find(({ name }) => name === "posts")?.foreignKeys).toMatchObject([
      { columns: ["author_id"], to: "authors" },
    ]);
  });

  test.each([
    ["Author.where({ id }).fetch()", "read authors"],
    ["new Author({ id }).fetch({ withRelated: ['posts.author'] })", "read authors, read posts, read authors"],
    ["Author.forge({ name }).save()", "write authors"],
    ["Post.query((qb) => qb.limit(1)).fetchPage({ withRelated: ['author'] })", "read posts, read authors"],
    ["bookshelf.model('Post').forge({ id }).destroy()", "write posts"],
    ["new Author({ id }).related('posts').fetch()", "read posts"],
    ["new Author({ id }).posts().fetch()", "read posts"],
    ["Tag.fetchAll()", "read tags"],
  ])("%s", async (call, expected) => {
    const [first] = await uses(`async function run() { await ${call}; }`);
    expect([...new Set(first?.split(", "))]).toEqual([...new Set(expected.split(", "))]);
  });

  test("everybody's words on other things are left alone", async () => {
    expect(await uses(`await window.fetch("/posts"); await form.save(); session.destroy(); posts.load();`)).toEqual([]);
  });
});
