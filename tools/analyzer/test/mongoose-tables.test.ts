import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";
import { modelUses } from "./model-uses.ts";

const MODELS = {
  "models/order.js": `
    const mongoose = require("mongoose");
    const { Schema } = mongoose;
    const OrderSchema = new Schema({
      customer: { type: Schema.Types.ObjectId, ref: "Customer" },
      items: [{ product: { type: Schema.Types.ObjectId, ref: "Product" }, unit: Number }],
    });
    module.exports = mongoose.model("Order", OrderSchema);`,
  "models/customer.js": `
    const { Schema, model } = require("mongoose");
    const shape = require("./customer-shape");
    exports.Customer = mongoose.models.Customer || model("Customer", shape.customerSchema);`,
  "models/customer-shape.js": `
    const { Schema } = require("mongoose");
    const customerSchema = new Schema({ orders: [{ type: Schema.Types.ObjectId, ref: "Order" }] });
    module.exports = { customerSchema };`,
  "models/product.ts": `
    import { Schema, model } from "mongoose";
    const schema = new Schema({ name: String }, { collection: "goods" });
    export default model<Product>("Product", schema);`,
  "models/index.js": `
    module.exports = { Order: require("./order"), Customer: require("./customer").Customer };`,
};

describe("collections behind Mongoose", () => {
  test("models and schemas: names given and derived, references inside of documents and lists", async () => {
    const { tables } = await linkTexts(MODELS, []);

    expect(
      tables.map(({ name, columns, foreignKeys }) => [
        `${name}: ${columns.map((column) => column.name).join(" ")}`,
        ...foreignKeys.map((key) => `${key.columns.join()} ${key.to}`),
      ]),
    ).toEqual([
      ["customers: orders", "orders orders"],
      ["goods: name"],
      ["orders: customer items", "customer customers", "items.product goods"],
    ]);
  });

  test("queries through models, populated paths, pipelines, documents that were found or made", async () => {
    const uses = await modelUses({
      ...MODELS,
      "repository.js": `
        const { Order, Customer } = require("./models");
        const mongoose = require("mongoose");
        class Repository {
          async run(id, list) {
            const order = await Order.findById(id).populate("customer").populate({ path: "items.product" }).lean();
            const made = new Customer({ name: "x" });
            await made.save();
            await Order.findOneAndUpdate({ id }, {}).populate("customer items.product");
            const found = await Customer.findOne({ id });
            if (found) { found.orders.push(order); await found.save(); }
            await Order.aggregate([{ $match: {} }, { $lookup: { from: "customers", as: "c" } }]);
            await mongoose.model("Product").deleteMany({});
            await order.populate("customer");
            await Order.create([{}]);
            list.find((x) => x.id === id); list.remove(id); this.cache.delete(id);
          }
        }`,
    });

    expect(uses["repository.js"]).toEqual([
      ...["read orders@6", "read customers@6", "read goods@6"],
      "write customers@8",
      ...["write orders@9", "read customers@9", "read goods@9"],
      "read customers@10",
      "write customers@11",
      ...["read orders@12", "read customers@12"],
      "write goods@13",
      "read customers@14",
      "write orders@15",
    ]);
  });

  test("methods and statics of a schema are those of the model that is made of it", async () => {
    const uses = await modelUses({
      "user.js": `
        const mongoose = require("mongoose");
        const userSchema = mongoose.Schema({ team: { type: mongoose.Schema.Types.ObjectId, ref: "Team" } });
        userSchema.statics.isTaken = async function (email) { return !!(await this.findOne({ email })); };
        userSchema.methods.rename = async function () { await this.save(); };
        userSchema.pre("save", function () { this.find(); });
        const User = mongoose.model("User", userSchema);
        module.exports = User;`,
      "team.ts": `
        import mongoose from "mongoose";
        export interface TeamDocument extends mongoose.Document { name: string }
        export const Team = mongoose.model<TeamDocument>("Team", new mongoose.Schema({}));
        export async function close(team: TeamDocument, users: any[]) {
          await mongoose.model("User").populate(users, "team");
          await team.remove();
        }`,
    });

    expect(uses).toEqual({
      "team.ts": ["read teams@6", "write teams@7"],
      "user.js": ["read users@4", "write users@5"],
    });
  });

  test("NestJS: schemas as classes, models that are injected by name or class", async () => {
    const uses = await modelUses({
      "cat.ts": `
        import { Prop, Schema, SchemaFactory } from "@nestjs/mongoose";
        import { HydratedDocument, Types } from "mongoose";
        import { Owner } from "./owner";
        export type CatDocument = HydratedDocument<Cat>;
        @Schema() export class Cat { @Prop({ type: Types.ObjectId, ref: Owner.name }) owner: Owner; }
        export const CatSchema = SchemaFactory.createForClass(Cat);`,
      "owner.ts": `
        import { Prop, Schema } from "@nestjs/mongoose";
        @Schema({ collection: "people" }) export class Owner { @Prop() name: string; }`,
      "cats.ts": `
        import { InjectModel } from "@nestjs/mongoose";
        import { Model } from "mongoose";
        import { Cat, CatDocument } from "./cat";
        export class Cats {
          constructor(
            @InjectModel(Cat.name) private readonly cats: Model<CatDocument>,
            @InjectModel("Owner") private owners,
          ) {}
          async run(cat: CatDocument) {
            await this.cats.find().populate("owner").exec();
            await this.owners.updateOne({});
            const made = new this.cats({});
            await made.save();
            await cat.deleteOne();
          }
        }`,
    });

    expect(uses).toEqual({
      "cats.ts": ["read cats@11", "read people@11", "write people@12", "write cats@14", "write cats@15"],
    });
  });
});
