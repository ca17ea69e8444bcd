import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

async function schemaOf(texts: Record<string, string>): Promise<string[]> {
  const { tables } = await linkTexts(texts);
  return tables.map(({ name, columns, foreignKeys }) => {
    const fields = columns.map((column) => (column.primary ? `${column.name}!` : column.name));
    return [name, ...fields, ...foreignKeys.map((key) => `${key.columns.join("+")}>${key.to}`)].join(" ");
  });
}

describe("columns and keys, whoever declares them", () => {
  test("knex builders: columns of a table that is created or altered, primary keys marked", async () => {
    expect(
      await schemaOf({
        "migrations/1.js": `
          exports.up = (knex) => knex.schema
            .createTable("orders", (t) => {
              t.increments();
              t.string("state", 20).notNullable();
              t.integer("customer_id").references("customers.id");
              t.timestamps();
              t.unique(["state"]);
            })
            .createTable("lines", (t) => { t.uuid("order_id"); t.integer("position"); t.primary(["order_id", "position"]); })
            .alterTable("orders", (t) => { t.text("note"); t.dropColumn("state"); });`,
      }),
    ).toEqual([
      "lines order_id! position!",
      "orders id! state customer_id created_at updated_at note customer_id>customers",
    ]);
  });

  test("SQL: columns of create and alter, keys beside the column or at the end", async () => {
    expect(
      await schemaOf({
        "migrations/1.js": `
          exports.up = (knex) => knex.raw(\`
            create table teams (id serial primary key, name text);
            create table members (team_id int references teams, user_id int, primary key (team_id, user_id));
            alter table teams add column slug text, add column owner_id int references users (id);
          \`);`,
      }),
    ).toEqual(["members team_id! user_id! team_id>teams", "teams id! name slug owner_id owner_id>users"]);
  });

  test("migrations of TypeORM: builders and SQL, without the way back", async () => {
    expect(
      await schemaOf({
        "migrations/1-users.ts": `
          import { MigrationInterface, QueryRunner, Table, TableColumn, TableForeignKey } from "typeorm";
          export class Users1 implements MigrationInterface {
            async up(queryRunner: QueryRunner) {
              await queryRunner.query('CREATE TABLE "teams" ("id" uuid PRIMARY KEY)');
              await queryRunner.createTable(new Table({
                name: "users",
                columns: [{ name: "id", type: "uuid", isPrimary: true }, { name: "teamId", type: "uuid" }],
                foreignKeys: [{ columnNames: ["teamId"], referencedTableName: "teams", referencedColumnNames: ["id"] }],
              }), true);
              await queryRunner.addColumn("users", new TableColumn({ name: "bossId", type: "uuid" }));
              await queryRunner.createForeignKey("users", new TableForeignKey({
                columnNames: ["bossId"], referencedTableName: "users", referencedColumnNames: ["id"],
              }));
            }
            async down(queryRunner: QueryRunner) {
              await queryRunner.dropTable("users");
              await queryRunner.query('DROP TABLE "teams"');
            }
          }`,
      }),
    ).toEqual(["teams id!", "users id! teamId bossId teamId>teams bossId>users"]);
  });

  test("migrations of MikroORM are SQL", async () => {
    expect(
      await schemaOf({
        "migrations/1.ts": `
          export class Migration1 extends Migration {
            async up() { this.addSql('create table "notes" ("id" int primary key, "author_id" int references "users");'); }
            async down() { this.addSql('drop table "notes";'); }
          }`,
      }),
    ).toEqual(["notes id! author_id author_id>users"]);
  });

  test("where migrations and models declare a table, it is one: spelled and filled by the migration, with keys of both", async () => {
    const texts = {
      "migrations/1.js": `
        exports.up = (knex) => knex.schema
          .createTable("UserAccounts", (t) => { t.increments("id"); t.integer("team_id").references("teams.id"); })
          .createTable("teams", (t) => { t.increments("id"); });`,
      "models.ts": `
        import { Column, Entity, ManyToOne, PrimaryGeneratedColumn } from "typeorm";
        @Entity() export class UserAccounts {
          @PrimaryGeneratedColumn() id: number;
          @Column() nickname: string;
          @ManyToOne(() => Team) team: Team;
          @ManyToOne(() => UserAccounts) boss: UserAccounts;
        }
        @Entity("teams") export class Team { @PrimaryGeneratedColumn() id: number; }`,
    };

    expect(await schemaOf(texts)).toEqual(["UserAccounts id! team_id team_id>teams bossId>UserAccounts", "teams id!"]);
  });
});
