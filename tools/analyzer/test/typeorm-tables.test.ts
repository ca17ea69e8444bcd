import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";
import { modelUses } from "./model-uses.ts";

const ENTITIES = {
  "entities/base.ts": `
    import { PrimaryGeneratedColumn, ManyToOne } from "typeorm";
    import { Tenant } from "./tenant";
    export abstract class Base {
      @PrimaryGeneratedColumn() id: number;
      @ManyToOne(() => Tenant) tenant: Tenant;
    }`,
  "entities/tenant.ts": `
    import { Entity } from "typeorm";
    @Entity({ name: "tenants" }) export class Tenant {}`,
  "entities/order.ts": `
    import { Column, Entity, ManyToMany, ManyToOne, OneToMany, JoinColumn, JoinTable } from "typeorm";
    import { Base } from "./base";
    import { Customer } from "./customer";
    import { OrderLine } from "./order-line";
    @Entity("orders")
    export class Order extends Base {
      @Column({ name: "order_state" }) state: string;
      @ManyToOne(type => Customer, customer => customer.orders) @JoinColumn({ name: "customer_id" }) customer: Customer;
      @OneToMany(() => OrderLine, (line) => line.order) lines: OrderLine[];
      @ManyToMany(() => Customer) @JoinTable({ name: "order_watchers" }) watchers: Customer[];
    }`,
  "entities/order-line.ts": `
    import { Entity, ManyToOne } from "typeorm";
    import { Order } from "./order";
    @Entity() export class OrderLine { @ManyToOne("Order", "lines") order: Order; }`,
  "entities/customer.ts": `
    import { ChildEntity, Entity, OneToMany, TableInheritance } from "typeorm";
    import { Order } from "./order";
    @Entity() @TableInheritance({ column: "type" })
    export class Customer { @OneToMany(() => Order, (order) => order.customer) orders: Order[]; }
    @ChildEntity() export class Company extends Customer {}`,
  "entities/index.ts": `
    export * from "./order"; export * from "./order-line"; export * from "./customer"; export * from "./tenant";`,
};

describe("tables behind TypeORM", () => {
  test("entities declare tables, columns and foreign keys; a base class lends its own, an heir lives in its parent", async () => {
    const { tables } = await linkTexts(ENTITIES, []);

    expect(tables.map(({ name, columns }) => `${name}: ${columns.map((column) => column.name).join(" ")}`)).toEqual([
      "customer: ",
      "order_line: orderId",
      "order_watchers: ",
      "orders: id tenantId order_state customer_id",
      "tenants: ",
    ]);
    const orders = tables.find(({ name }) => name === "orders");
    expect(orders?.columns[0]).toEqual({ name: "id", primary: true });
    expect(orders?.foreignKeys).toEqual([
      { file: "entities/base.ts", line: 6, columns: ["tenantId"], to: "tenants" },
      { file: "entities/order.ts", line: 9, columns: ["customer_id"], to: "customer" },
    ]);
  });

  test("repositories in fields, in constructors, from a manager, of an own class, with any other argument before", async () => {
    const uses = await modelUses({
      ...ENTITIES,
      "orders.repository.ts": `
        import { Repository } from "typeorm";
        import { Order } from "./entities";
        export class OrderRepository extends Repository<Order> {
          findOpen() { return this.find({ where: { state: "open" } }); }
        }`,
      "orders.service.ts": `
        import { InjectRepository } from "@nestjs/typeorm";
        import { Order, OrderLine, Company, Customer } from "./entities";
        import { OrderRepository } from "./orders.repository";
        export class Orders {
          private customers: Repository<Customer>;
          constructor(
            @InjectRepository(OrderLine) private readonly lines: Repository<OrderLine>,
            private readonly orders: OrderRepository,
            private readonly connection: Connection,
          ) { this.customers = connection.getRepository(Customer); }
          async run(ctx, manager: EntityManager) {
            const order = await this.orders.findOneBy({ id: 1 });
            await this.lines.delete({ order });
            await this.customers.count();
            await this.orders.findOpen();
            await this.connection.getRepository(ctx, Company).save(new Company());
            await manager.find(Order, { relations: ["lines", "customer.orders"] });
            await manager.getRepository(Order).find({ relations: { lines: true, watchers: { orders: false } } });
            await manager.save(order);
            const line = this.lines.create({ order });
            await manager.remove(line);
            for (const one of await this.lines.find()) await manager.save(one);
          }
        }`,
    });

    expect(uses["orders.repository.ts"]).toEqual(["read orders@5"]);
    expect(uses["orders.service.ts"]).toEqual([
      "read orders@13",
      "write order_line@14",
      "read customer@15",
      "write customer@17",
      ...["read orders@18", "read order_line@18", "read customer@18"],
      ...["read orders@19", "read order_line@19", "read customer@19"],
      "write orders@20",
      "write order_line@22",
      "read order_line@23",
      "write order_line@23",
    ]);
  });

  test("query builders: joins along aliases, other entities, writes, relations that are set, parts added later", async () => {
    const uses = await modelUses({
      ...ENTITIES,
      "reports.ts": `
        import { Order, OrderLine, Customer } from "./entities";
        export async function report(dataSource, id) {
          const query = dataSource.getRepository(Order).createQueryBuilder("o")
            .leftJoinAndSelect("o.customer", "c")
            .leftJoin("c.orders", "earlier");
          if (id) query.innerJoin("o.lines", "l");
          await query.getMany();
          await dataSource.createQueryBuilder().delete().from(OrderLine).where("id = :id", { id }).execute();
          await dataSource.createQueryBuilder().update(Customer).set({ name: "" }).execute();
          await dataSource.createQueryBuilder(Order, "o").innerJoin(Customer, "c", "c.id = o.customer_id").getOne();
          await dataSource.createQueryBuilder().relation(Order, "lines").of(id).add(3);
          await dataSource.createQueryBuilder().relation(Order, "customer").of(id).set(3);
        }`,
    });

    expect(uses["reports.ts"]).toEqual([
      ...["read orders@4", "read customer@5"],
      "read order_line@7",
      "write order_line@9",
      "write customer@10",
      ...["read orders@11", "read customer@11"],
      "write order_line@12",
      "write orders@13",
    ]);
  });

  test("active record, entity schemas, extended repositories, and nothing for look-alikes", async () => {
    const uses = await modelUses({
      ...ENTITIES,
      "user.ts": `
        import { BaseEntity, Entity, EntitySchema } from "typeorm";
        @Entity() export class AppUser extends BaseEntity {
          static active() { return this.find({ where: { active: true } }); }
          async rename() { await this.save(); }
        }
        export const Tag = new EntitySchema({ name: "Tag", tableName: "tags", columns: { id: { primary: true } } });`,
      "use.ts": `
        import { AppUser, Tag } from "./user";
        import { dataSource } from "./data-source";
        export const UserTags = dataSource.getRepository(Tag).extend({
          findAllTags() { return this.find(); },
        });
        export async function use(list: string[], map: Map<string, AppUser>, service) {
          const user = await AppUser.findOneBy({ id: 1 });
          user.name = "x";
          await user.save();
          list.find((x) => x); map.delete("a"); service.save(1); [1].find(Boolean); Object.create(null);
          map.get("a").remove();
        }`,
    });

    expect(uses).toEqual({
      "use.ts": ["read tags@5", "read app_user@8", "write app_user@10", "write app_user@12"],
      "user.ts": ["read app_user@4", "write app_user@5"],
    });
  });
});
