import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";
import { modelUses } from "./model-uses.ts";

const ENTITIES = {
  "entities.ts": `
    import { Collection, Entity, ManyToMany, ManyToOne, OneToMany, PrimaryKey, Property, Ref } from "@mikro-orm/core";
    @Entity({ abstract: true }) abstract class Base { @PrimaryKey() id: number; }
    @Entity() export class BlogPost extends Base {
      @Property() createdAt: Date;
      @ManyToOne() author: Ref<Author>;
      @ManyToMany({ entity: () => Tag, pivotTable: "post_tags" }) tags = new Collection<Tag>(this);
    }
    @Entity({ tableName: "authors" }) export class Author extends Base {
      @OneToMany(() => BlogPost, (post) => post.author) posts = new Collection<BlogPost>(this);
    }
    @Entity() export class Tag extends Base {
      @ManyToMany(() => BlogPost, (post) => post.tags) posts = new Collection<BlogPost>(this);
    }`,
};

describe("tables behind MikroORM", () => {
  test("entities: underscored names, keys of relations, tables between two, an abstract base", async () => {
    const { tables } = await linkTexts(ENTITIES, []);

    expect(
      tables.map(({ name, columns, foreignKeys }) => [
        `${name}: ${columns.map((column) => column.name).join(" ")}`,
        ...foreignKeys.map((key) => `${key.columns.join()} ${key.to}`),
      ]),
    ).toEqual([
      ["authors: id"],
      ["blog_post: id created_at author_id", "author_id authors"],
      ["post_tags: ", " blog_post", " tag"],
      ["tag: id"],
    ]);
  });

  test("entity manager and repositories: what is found, populated, persisted and removed", async () => {
    const uses = await modelUses({
      ...ENTITIES,
      "service.ts": `
        import { EntityManager, EntityRepository } from "@mikro-orm/core";
        import { InjectRepository } from "@mikro-orm/nestjs";
        import { Author, BlogPost, Tag } from "./entities";
        export class Service {
          constructor(
            private readonly em: EntityManager,
            @InjectRepository(BlogPost) private readonly posts: EntityRepository<BlogPost>,
          ) {}
          async run() {
            const author = await this.em.findOneOrFail(Author, 1, { populate: ["posts.tags"] });
            const [posts, count] = await this.posts.findAndCount({}, { populate: ["author"] });
            await this.em.persist(new Tag()).flush();
            await this.em.nativeUpdate(BlogPost, {}, {});
            await this.em.populate(author, ["posts"]);
            await this.em.fork().remove(author).flush();
            const made = this.posts.create({});
            await this.em.persistAndFlush([made]);
            await this.em.flush();
            await this.em.getRepository(Tag).nativeDelete({});
          }
        }`,
    });

    expect(uses["service.ts"]).toEqual([
      ...["read authors@11", "read blog_post@11", "read tag@11"],
      ...["read blog_post@12", "read authors@12"],
      "write tag@13",
      "write blog_post@14",
      "read blog_post@15",
      "write authors@16",
      "write blog_post@17",
      "write blog_post@18",
      "write tag@20",
    ]);
  });

  test("models that are defined by a call, and entity schemas", async () => {
    const { tables } = await linkTexts(
      {
        "models.ts": `
          import { model } from "@medusajs/framework/utils";
          export const OrderChange = model.define("OrderChange", {
            id: model.id({ prefix: "ch" }).primaryKey(),
            order: model.belongsTo(() => Order, { mappedBy: "changes" }).nullable(),
          });
          export const Order = model.define({ name: "Order", tableName: "orders" }, {
            id: model.id().primaryKey(),
            changes: model.hasMany(() => OrderChange, { mappedBy: "order" }),
          });`,
        "schema.ts": `
          import { EntitySchema } from "@mikro-orm/core";
          import { Note } from "./note";
          export const NoteSchema = new EntitySchema({
            class: Note, tableName: "notes",
            properties: { id: { primary: true, type: "number" }, parent: { kind: "m:1", entity: () => Note } },
          });`,
        "note.ts": `export class Note {}`,
      },
      [],
    );

    expect(
      tables.map(({ name, columns, foreignKeys }) => [
        name,
        ...columns.map((column) => (column.primary ? `${column.name}!` : column.name)),
        ...foreignKeys.map((key) => key.to),
      ]),
    ).toEqual([
      ["notes", "id!", "parent_id", "notes"],
      ["order_change", "id!", "order_id", "orders"],
      ["orders", "id!"],
    ]);
  });
});
