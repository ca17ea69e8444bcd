import { describe, expect, test } from "@jest/globals";
import { readFacts } from "../src/read/read-facts.ts";
import { linkTexts } from "./link-texts.ts";
import { createTree } from "./temporary-tree.ts";

const SCHEMA = `
  datasource db {
    provider = "postgresql"
    url      = env("DATABASE_URL") // a comment with a brace }
  }
  enum State { OPEN PAID }
  model Customer {
    id     Int     @id @default(autoincrement())
    email  String  @unique @map("email_address")
    orders Order[] @relation("placed")
    tags   Tag[]
    @@map("customers")
  }
  model Order {
    id         Int        @id
    state      State      @default(OPEN)
    customerId Int        @map("customer_id")
    customer   Customer   @relation("placed", fields: [customerId], references: [id],
                                    onDelete: Cascade)
    lines      OrderLine[]
    total      Unsupported("money")?
    @@index([customerId,
             state])
    @@map("orders")
    @@schema("sales")
  }
  model OrderLine {
    orderId Int
    sku     String
    order   Order  @relation(fields: [orderId], references: [id])
    @@id([orderId, sku])
  }
  model Tag {
    id        Int @id
    customers Customer[]
  }
  view Turnover {
    day   DateTime @unique
    total Int
    @@map("turnover_by_day")
  }
`;

async function uses(code: string): Promise<string[]> {
  const { statements } = await linkTexts({ "prisma/schema.prisma": SCHEMA, "src/orders.ts": code }, ["@prisma/client"]);
  return statements.map(({ tables }) => tables.map(({ table, mode }) => `${mode} ${table ?? "?"}`).join(", "));
}

describe("tables that a Prisma schema declares", () => {
  test("names, columns, keys and foreign keys as the database calls them", async () => {
    const { tables } = await linkTexts({ "prisma/schema.prisma": SCHEMA, "src/a.ts": "" });

    const told = tables.map(({ name, declaredAt, columns, foreignKeys }) => ({
      name,
      line: declaredAt?.line,
      columns: columns.map((column) => (column.primary ? `${column.name}!` : column.name)).join(" "),
      keys: foreignKeys.map((key) => `${key.columns.join("+")} -> ${key.to}`),
    }));
    expect(told).toEqual([
      { name: "OrderLine", line: 27, columns: "orderId! sku!", keys: ["orderId -> sales.orders"] },
      { name: "Tag", line: 33, columns: "id!", keys: [] },
      { name: "_CustomerToTag", line: 11, columns: "A! B!", keys: ["B -> Tag", "A -> customers"] },
      { name: "customers", line: 7, columns: "id! email_address", keys: [] },
      {
        name: "sales.orders",
        line: 14,
        columns: "id! state customer_id total",
        keys: ["customer_id -> customers"],
      },
      { name: "turnover_by_day", line: 37, columns: "day total", keys: [] },
    ]);
  });

  test("a schema in several files is one schema", async () => {
    const { tables } = await linkTexts({
      "prisma/schema/user.prisma": `model User { id Int @id\n posts Post[] }`,
      "prisma/schema/post.prisma": `model Post { id Int @id\n authors User[] }`,
      "src/a.ts": "",
    });

    expect(tables.map(({ name }) => name)).toEqual(["Post", "User", "_PostToUser"]);
  });

  test("of a source folder, the schema beside it is found; one that lies about as an example is not", async () => {
    const root = createTree({
      ".git/HEAD": "",
      "package.json": `{ "prisma": { "schema": "db/main.prisma" } }`,
      "db/main.prisma": `model User { id Int @id }`,
      "src/users.ts": `export const all = () => prisma.user.findMany();`,
    });
    const other = createTree({
      "prisma/schema.prisma": `model User { id Int @id }`,
      "src/data/imported.prisma": `model Ghost { id Int @id }`,
      "src/users.ts": `export const all = () => prisma.user.findMany();`,
    });

    expect((await readFacts(`${root}/src`)).tables.map(({ name }) => name)).toEqual(["User"]);
    expect((await readFacts(other)).tables.map(({ name }) => name)).toEqual(["User"]);
  });
});

describe("tables behind a Prisma client", () => {
  test.each([
    ["prisma.order.findMany()", "read"],
    ["this.prisma.order.findUniqueOrThrow({ where: { id } })", "read"],
    ["this.prismaService.client.order.count()", "read"],
    ["ctx.db.order.groupBy({ by: ['state'] })", "read"],
    ["tx.order.upsert({ where, create, update })", "write"],
    ["(tx ?? this.prisma).order.createManyAndReturn({ data })", "write"],
    ["prisma.$extends(logging).order.deleteMany()", "write"],
    ["getPrismaClient()['order'].update({ where, data })", "write"],
    ["whatever.order.create({ data: {} })", "write"],
  ])("%s", async (call, mode) => {
    expect(await uses(`async function run() { await ${call}; }`)).toEqual([`${mode} sales.orders`]);
  });

  test("a client handed in, or the class itself", async () => {
    const code = `
      const run = (session: Prisma.TransactionClient) => session.order.count();
      class Database extends PrismaClient { all() { return this.order.findMany(); } }
    `;
    expect(await uses(code)).toEqual(["read sales.orders", "read sales.orders"]);
  });

  test("look-alikes are left alone: services, other keys, drizzle's query", async () => {
    const code = `
      await this.order.findMany({ where });
      await this.orderService.create({ data });
      await services.order.create({ data });
      await db.query.order.findMany({ where });
      await prisma.unknownThing.findMany();
      order.update({ where });
    `;
    expect(await uses(code)).toEqual([]);
  });

  test("relations that the query reads: include, select, counts, filters, orders, chained", async () => {
    expect(
      await uses(`prisma.customer.findMany({ include: { orders: { include: { lines: true } }, tags: false } });`),
    ).toEqual(["read customers, read sales.orders, read OrderLine"]);
    expect(
      await uses(`prisma.customer.findMany({ select: { email: true, _count: { select: { orders: true } } } });`),
    ).toEqual(["read customers, read sales.orders"]);
    expect(
      await uses(`prisma.customer.findMany({ where: { OR: [{ orders: { some: { lines: { none: {} } } } }] } });`),
    ).toEqual(["read customers, read sales.orders, read OrderLine"]);
    expect(
      await uses(`prisma.order.findMany({ orderBy: [{ customer: { email: "asc" } }, { state: "asc" }] });`),
    ).toEqual(["read sales.orders, read customers"]);
    expect(await uses(`prisma.order.findUnique({ where: { id } }).lines();`)).toEqual([
      "read sales.orders, read OrderLine",
    ]);
  });

  test("constants and conditions in the arguments are followed", async () => {
    const code = `
      const details = { lines: true } satisfies Prisma.OrderInclude;
      prisma.order.findMany({ include: { ...details, customer: full ? true : false } });
    `;
    expect(await uses(code)).toEqual(["read sales.orders, read OrderLine, read customers"]);
  });

  test("nested writes write; a tie writes the side that holds the foreign key", async () => {
    expect(
      await uses(`prisma.customer.create({ data: { email, orders: { create: [{ lines: { create: lines } }] } } });`),
    ).toEqual(["write customers, write sales.orders, write OrderLine"]);
    expect(await uses(`prisma.order.create({ data: { customer: { connect: { id } } } });`)).toEqual([
      "write sales.orders, read customers",
    ]);
    expect(await uses(`prisma.customer.update({ where: { id }, data: { orders: { connect: { id: 1 } } } });`)).toEqual([
      "write customers, write sales.orders",
    ]);
    expect(
      await uses(`prisma.order.update({ where: { id }, data: { customer: { upsert: { create: {}, update: {} } } } });`),
    ).toEqual(["write sales.orders, write customers"]);
  });

  test("raw queries are read as SQL", async () => {
    const code = `
      await prisma.$queryRaw\`select * from customers where id = \${id}\`;
      await tx.$executeRaw(Prisma.sql\`update "sales"."orders" set state = \${state}\`);
      await prisma.$executeRawUnsafe("delete from customers");
    `;
    expect(await uses(code)).toEqual(["read customers", "write sales.orders", "write customers"]);
  });
});
