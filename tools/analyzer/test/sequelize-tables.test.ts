import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";
import { modelUses } from "./model-uses.ts";

const FACTORIES = {
  "models/user.js": `
    module.exports = (sequelize, DataTypes) => {
      const User = sequelize.define("user", {
        user_id: { type: DataTypes.UUID, primaryKey: true },
        teamId: { type: DataTypes.UUID, field: "team_id", references: { model: "teams", key: "id" } },
      }, { tableName: "people" });
      User.associate = (models) => {
        User.hasMany(models.Post, { as: "articles", foreignKey: "author_id" });
        User.belongsToMany(models.Team, { through: models.Membership });
      };
      return User;
    };`,
  "models/post.js": `
    const { Model } = require("sequelize");
    module.exports = (sequelize, DataTypes) => {
      class Post extends Model {
        static associate(models) { this.belongsTo(models.user, { as: "author", foreignKey: "author_id" }); }
        static recent() { return this.findAll({ limit: 3 }); }
        async publish() { await this.update({ published: true }); }
      }
      Post.init({ title: DataTypes.STRING }, { sequelize, modelName: "Post" });
      return Post;
    };`,
  "models/team.js": `
    module.exports = (sequelize) => sequelize.define("Team", {}, { underscored: true });`,
  "models/membership.js": `
    module.exports = (sequelize) => sequelize.define("Membership", {}, { freezeTableName: true });`,
};

describe("tables behind Sequelize", () => {
  test("define and init in factories: names given and derived, columns, associations with their keys", async () => {
    const { tables } = await linkTexts(FACTORIES, []);

    expect(
      tables.map(({ name, foreignKeys }) => [name, ...foreignKeys.map((key) => `${key.columns.join()} ${key.to}`)]),
    ).toEqual([
      ["Membership", " people", " teams"],
      ["Posts", "author_id people"],
      ["people", "team_id teams"],
      ["teams"],
    ]);
    expect(tables[2]?.columns).toEqual([
      { name: "user_id", primary: true },
      { name: "team_id", primary: false },
    ]);
  });

  test("models from a holder: queries, includes by model, alias, association and list; rows that came from queries", async () => {
    const uses = await modelUses({
      ...FACTORIES,
      "service.js": `
        const db = require("./db");
        class Service {
          constructor(models) { this.models = models; }
          async run(id) {
            const user = await db.User.findByPk(id, { include: [{ model: db.Post, as: "articles" }] });
            user.name = "x";
            await user.save();
            const include = [{ association: "articles", include: ["author"] }, db.Team];
            const [first] = await db.sequelize.models.user.findAll({ include });
            await first.destroy();
            const [made, created] = await this.models.Post.findOrCreate({ where: { id } });
            await made.update({});
            await db.Team.scope("active").count();
            for (const post of await db.Post.findAll()) await post.increment("reads");
            (await db.Post.findAll()).map((post) => post.reload());
            await user.$get("articles");
            [].find(() => true); user.posts.filter(Boolean); db.query.find();
          }
        }`,
    });

    expect(uses["service.js"]).toEqual([
      ...["read people@6", "read Posts@6"],
      "write people@8",
      ...["read people@10", "read Posts@9", "read Membership@9", "read teams@9"],
      "write people@11",
      "write Posts@12",
      "write Posts@13",
      "read teams@14",
      ...["read Posts@15", "write Posts@15"],
      ...["read Posts@16", "read Posts@16"],
      "read Posts@17",
    ]);
    expect(uses["models/post.js"]).toEqual(["read Posts@6", "write Posts@7"]);
  });

  test("models that a module hangs on an object as it starts, and rows of which only the name is known", async () => {
    const uses = await modelUses({
      ...FACTORIES,
      "models/index.js": `
        const db = {};
        for (const file of require("fs").readdirSync(__dirname)) { const model = require(file)(); db[model.name] = model; }
        module.exports = db;`,
      "notes.js": `
        const { Post, Missing } = require("./models");
        const models = require("./models");
        const { Team } = models;
        async function run(req, user, list) {
          await Post.findOne({});
          await Missing.findOne({});
          await Team.destroy({});
          await user.save();
          const post = await list.pick(req);
          await post.destroy();
          toString.save(); constructor.find(); this.valueOf.destroy(); new hasOwnProperty().save();
          await list.save(); await list.find(user); await req.user.update({});
        }
        Post.prototype.close = async function () { await this.save(); };
        Post.latest = function () { return this.findOne(); };`,
    });

    expect(uses["notes.js"]).toEqual([
      "read Posts@6",
      "write teams@8",
      "write people@9",
      "write Posts@11",
      "write Posts@15",
      "read Posts@16",
    ]);
  });

  test("sequelize-typescript: decorated models, what a base class adds to each, what a declared type tells", async () => {
    const uses = await modelUses({
      "models/base.ts": `
        import { Column, Model, PrimaryKey } from "sequelize-typescript";
        export class Base<T> extends Model<T> {
          @PrimaryKey @Column id: string;
          static createWithContext(ctx, values) { return this.create(values, ctx); }
          saveWithContext(ctx) { return this.save(ctx); }
        }`,
      "models/star.ts": `
        import { BelongsTo, Column, ForeignKey, Table } from "sequelize-typescript";
        import { Base } from "./base";
        import User from "./user";
        @Table({ tableName: "stars", modelName: "star" })
        export class Star extends Base<Star> {
          @BelongsTo(() => User, "userId") user: User;
          @ForeignKey(() => User) @Column userId: string;
        }`,
      "models/user.ts": `
        import { HasMany, Table } from "sequelize-typescript";
        import { Star } from "./star";
        @Table({ tableName: "users" })
        class User { @HasMany(() => Star) stars: Star[]; saveWithContext(ctx) { return this.save(ctx); } }
        export default User;`,
      "context.ts": `
        import User from "./models/user";
        export interface Auth { user: User }
        export type Context = { state: { auth: Auth } };`,
      "stars.ts": `
        import { Star } from "./models/star";
        import User from "./models/user";
        import type { Context } from "./context";
        export async function star(ctx: Context, { owner }: { owner: User }) {
          const { user } = ctx.state.auth;
          await user.update({ starred: true });
          await Star.createWithContext(ctx, {});
          const star = new Star();
          await star.saveWithContext(ctx);
          await star.user.reload();
          await owner.saveWithContext(ctx);
          await owner.destroy();
        }`,
    });

    expect(uses).toEqual({
      "models/user.ts": ["write users@5"],
      "stars.ts": ["write users@7", "write stars@8", "write stars@10", "read users@11", "write users@13"],
    });
  });

  test("migrations: columns and foreign keys with their place, without the way back", async () => {
    const { tables } = await linkTexts({
      "migrations/1-posts.js": `
        module.exports = {
          up: async (queryInterface, Sequelize) => {
            await queryInterface.createTable("posts", {
              id: { type: Sequelize.UUID, primaryKey: true },
              author_id: { type: Sequelize.UUID, references: { model: "users", key: "id" } },
            });
            await queryInterface.addColumn("posts", "team_id", { type: Sequelize.UUID, references: { model: "teams" } });
            await queryInterface.addConstraint("posts", {
              fields: ["editor_id"], type: "foreign key", references: { table: "users", field: "id" },
            });
          },
          down: async (queryInterface) => { await queryInterface.dropTable("posts"); },
        };`,
    });

    const file = "migrations/1-posts.js";
    expect(tables).toEqual([
      {
        name: "posts",
        declaredAt: { file, line: 4 },
        columns: [
          { name: "id", primary: true },
          { name: "author_id", primary: false },
          { name: "team_id", primary: false },
        ],
        foreignKeys: [
          { file, line: 6, columns: ["author_id"], to: "users" },
          { file, line: 8, columns: ["team_id"], to: "teams" },
          { file, line: 10, columns: ["editor_id"], to: "users" },
        ],
      },
    ]);
  });
});
