import { describe, expect, test } from "@jest/globals";
import { findCycles } from "../src/findings/cycles.ts";
import { linkTexts } from "./link-texts.ts";

/** Every injection as `file -> file token`. */
async function injections(texts: Record<string, string>): Promise<string[]> {
  const { links } = await linkTexts(texts);
  return links.filter(({ kind }) => kind === "injection").map(({ file, to, name }) => `${file} -> ${to} ${name}`);
}

async function calls(texts: Record<string, string>): Promise<string[]> {
  const facts = await linkTexts(texts);
  return facts.calls.map(({ file, line, to, name }) => `${file}:${line} -> ${to} ${name}`);
}

const notes = { "notes.ts": `export class NoteService { find() {} }` };

describe("NestJS: tokens and modules", () => {
  const texts = {
    ...notes,
    "mails.ts": `export class Smtp { send() {} } export class Quiet { send() {} } export const settings = { host: "" };`,
    "tokens.ts": `export const MAILER = Symbol("MAILER"); export const SETTINGS = "settings"; export abstract class Notes { abstract find(): void }`,
    "mail.module.ts": `
      import { MAILER, SETTINGS, Notes } from "./tokens";
      import { Smtp, settings } from "./mails";
      import { NoteService } from "./notes";
      const extra = [{ provide: SETTINGS, useValue: settings }];
      @Module({})
      export class MailModule {
        static forRoot() {
          return { module: MailModule, providers: [...extra, { provide: MAILER, useFactory: () => new Smtp() }, { provide: Notes, useClass: NoteService }] };
        }
      }
    `,
    "order.service.ts": `
      import { MAILER, Notes } from "./tokens";
      export class OrderService {
        @Inject("settings") private readonly settings: unknown;
        constructor(@Inject(MAILER) private readonly mailer: Mailer, private readonly notes: Notes, @Inject(forwardRef(() => Notes)) n: Notes) {}
        place() { this.mailer.send(); this.notes.find(); this.moduleRef.get(MAILER).send(); }
      }
    `,
  };

  test("who asks by a token depends on who is provided for it", async () => {
    expect(await injections(texts)).toEqual([
      "order.service.ts -> mails.ts settings",
      "order.service.ts -> mails.ts MAILER",
      "order.service.ts -> notes.ts Notes",
    ]);
  });

  test("calls of what was injected reach the class behind the token", async () => {
    expect((await calls(texts)).filter((call) => call.startsWith("order"))).toEqual([
      "order.service.ts:6 -> mails.ts Smtp#send",
      "order.service.ts:6 -> notes.ts NoteService#find",
    ]);
  });

  test("a token with two providers, and one from outside, lead nowhere", async () => {
    const more = {
      ...texts,
      "quiet.module.ts": `import { MAILER } from "./tokens"; import { Quiet } from "./mails"; export const p = { provide: MAILER, useClass: Quiet };`,
      "asks.ts": `import { CACHE } from "@nestjs/common"; class A { constructor(@Inject(CACHE) c, @Inject("unknown") u) {} }`,
    };
    expect((await injections(more)).join()).not.toMatch(/MAILER|CACHE|unknown/);
  });
});

describe("containers that are asked by name", () => {
  test("awilix: registrations, factories, cradle, names taken out of the constructor's argument", async () => {
    const texts = {
      ...notes,
      "db.js": `module.exports = function makeDb({ noteService }) { return { query() { noteService.find(); } }; };`,
      "container.js": `
        const { asClass, asFunction, asValue, createContainer } = require("awilix");
        const { NoteService } = require("./notes");
        const makeDb = require("./db");
        container.register({ noteService: asClass(NoteService).singleton(), db: asFunction(makeDb) });
      `,
      "orders.js": `
        class Orders {
          constructor({ noteService, db, other }) { this.noteService = noteService; this.database = db; }
          place() { this.noteService.find(); this.database.query(); }
        }
        exports.handle = (req) => { const found = req.scope.resolve("noteService"); found.find(); container.cradle.db.query(); };
      `,
    };
    expect(await injections(texts)).toEqual([
      "db.js -> notes.ts noteService",
      "orders.js -> db.js db",
      "orders.js -> notes.ts noteService",
    ]);
    expect(await calls(texts)).toEqual([
      "db.js:1 -> notes.ts NoteService#find",
      "orders.js:4 -> db.js default",
      "orders.js:4 -> notes.ts NoteService#find",
      "orders.js:6 -> db.js default",
      "orders.js:6 -> notes.ts NoteService#find",
    ]);
  });

  test("files that a container loads are known by their names", async () => {
    const texts = {
      "services/note-store.js": `module.exports = class NoteStore { find() {} };`,
      "main.js": `container.loadModules(["services/*.js"], { formatName: "camelCase" }); container.resolve("noteStore").find();`,
    };
    expect(await injections(texts)).toEqual(["main.js -> services/note-store.js noteStore"]);
    expect(await calls(texts)).toEqual(["main.js:1 -> services/note-store.js NoteStore#find"]);
  });

  test("tsyringe, inversify and typedi", async () => {
    const texts = {
      ...notes,
      "types.ts": `export const TYPES = { Notes: Symbol.for("Notes") };`,
      "setup.ts": `
        import { NoteService } from "./notes"; import { TYPES } from "./types";
        container.register("a", { useClass: NoteService });
        container.registerSingleton("b", NoteService);
        container.bind<Notes>(TYPES.Notes).to(NoteService).inSingletonScope();
        @Service("own") export class Own { run() {} }
      `,
      "asks.ts": `
        import { TYPES } from "./types";
        class A { constructor(@inject("a") private a: any, @inject(TYPES.Notes) private notes: Notes) {} go() { this.notes.find(); } }
        const b = container.resolve<unknown>("b");
        Container.get("own").run();
      `,
    };
    expect(await injections(texts)).toEqual([
      "asks.ts -> notes.ts TYPES.Notes",
      "asks.ts -> notes.ts a",
      "asks.ts -> notes.ts b",
      "asks.ts -> setup.ts own",
    ]);
    expect(await calls(texts)).toEqual(["asks.ts:3 -> notes.ts NoteService#find", "asks.ts:5 -> setup.ts Own#run"]);
  });

  const byHabit = {
    ...notes,
    "carts.ts": `class CartService { constructor({ noteService }) { this.noteService_ = noteService; } empty() { this.noteService_.find(); } } export default CartService;`,
    "twins-a.ts": `export class TwinService {}`,
    "twins-b.ts": `export class TwinService {}`,
  };

  test("classes under the camelCase of their name, where some call shows that habit", async () => {
    const asked = `export default (req) => { const carts: CartService = req.scope.resolve("cartService"); req.scope.resolve("twinService"); carts.empty(); };`;
    expect(await injections({ ...byHabit, "route.ts": asked })).toEqual([
      "carts.ts -> notes.ts noteService",
      "route.ts -> carts.ts cartService",
    ]);
  });

  test("without such a call, names of parameters mean nothing", async () => {
    expect(await injections(byHabit)).toEqual([]);
    expect(await calls(byHabit)).toEqual([]);
  });
});

const NO_CONTEXTS = { contexts: [], files: {}, tables: {}, confidence: {}, settled: false };

test("wiring is no import: a circle that it closes is no cycle", async () => {
  const facts = await linkTexts({
    "a.ts": `export class A { go() { container.resolve("b"); } }`,
    "b.ts": `import { A } from "./a"; export class B { a = new A(); }`,
  });
  const { cycles } = await findCycles(facts, NO_CONTEXTS);

  expect(facts.links.map(({ file, to, kind }) => `${file} -> ${to} ${kind}`)).toEqual([
    "a.ts -> b.ts injection",
    "b.ts -> a.ts value",
  ]);
  expect(cycles).toEqual([]);
});
