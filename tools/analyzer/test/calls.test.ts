import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

/** Every call into another file as `file:line caller -> file function`. */
async function calls(texts: Record<string, string>): Promise<string[]> {
  const facts = await linkTexts(texts);
  return facts.calls.map(({ file, line, function: caller, to, name }) => `${file}:${line} ${caller} -> ${to} ${name}`);
}

const notes = `
  export class Notes {
    static open(): Notes { return new Notes(); }
    find(id: string): Promise<Note> { return load(id); }
    inside(trx): this { return this; }
  }
  export class Note { rename(title: string) {} }
`;

describe("calls", () => {
  test("functions by name: imports, namespaces, objects of functions, barrels, CommonJS", async () => {
    expect(
      await calls({
        "notes.ts": `
          export function find() {}
          export const store = { save() {} };
          export default () => {};
        `,
        "legacy.js": `module.exports = { remove, archive() {} }; function remove() {}`,
        "index.ts": `export * from "./notes"; export { remove as drop } from "./legacy";`,
        "main.ts": `
          import open, { find, store } from "./notes";
          import * as all from "./index";
          const { archive } = require("./legacy");
          export function run() {
            find(); store.save(); open();
            all.find(); all.drop();
            archive(); require("./legacy").remove();
            console.log(local());
          }
          function local() {}
        `,
      }),
    ).toEqual([
      "main.ts:6 run -> notes.ts default",
      "main.ts:6 run -> notes.ts find",
      "main.ts:6 run -> notes.ts store.save",
      "main.ts:7 run -> legacy.js remove",
      "main.ts:7 run -> notes.ts find",
      "main.ts:8 run -> legacy.js archive",
      "main.ts:8 run -> legacy.js remove",
      "main.ts:9 run -> main.ts local",
    ]);
  });

  test("methods: what `new`, declared types, parameters and results of calls say of a variable", async () => {
    expect(
      await calls({
        "notes.ts": notes,
        "main.ts": `
          import { Notes, Note } from "./notes";
          import { notes as shared } from "./shared";
          export async function run(given: Notes | undefined, { note }: { note: Note }) {
            const own = new Notes();
            own.find("1");
            given?.find("2");
            note.rename("a");
            const found = await shared.find("3");
            found.rename("b");
            Notes.open().inside(trx).find("4");
            const typed: Notes = make();
            typed.find("5");
            (await own.inside(trx).find("6")).rename("c");
          }
        `,
        "shared.ts": `import { Notes } from "./notes"; export const notes = Notes.open();`,
      }),
    ).toEqual([
      "main.ts:6 run -> notes.ts Notes#find",
      "main.ts:7 run -> notes.ts Notes#find",
      "main.ts:8 run -> notes.ts Note#rename",
      "main.ts:9 run -> notes.ts Notes#find",
      "main.ts:10 run -> notes.ts Note#rename",
      "main.ts:11 run -> notes.ts Notes#find",
      "main.ts:11 run -> notes.ts Notes#inside",
      "main.ts:11 run -> notes.ts Notes#open",
      "main.ts:13 run -> notes.ts Notes#find",
      "main.ts:14 run -> notes.ts Note#rename",
      "main.ts:14 run -> notes.ts Notes#find",
      "main.ts:14 run -> notes.ts Notes#inside",
      "shared.ts:1 null -> notes.ts Notes#open",
    ]);
  });

  test("fields: injected, taken out of what the constructor gets, inherited, several deep", async () => {
    expect(
      await calls({
        "notes.ts": notes,
        "deps.ts": `import { Notes } from "./notes"; export interface Deps { notes: Notes }`,
        "base.ts": `
          import { Notes } from "./notes";
          export abstract class Base { protected shared: Notes; log() {} }
        `,
        "service.ts": `
          import { Notes } from "./notes";
          import { Base } from "./base";
          import type { Deps } from "./deps";
          export class Service extends Base {
            #secret = new Notes();
            private taken: Notes;
            constructor(private readonly injected: Notes, { notes }: Deps, readonly deps: Deps) { super(); this.taken = notes; }
            a() { return this.injected.find("1"); }
            b() { return this.taken.find("2"); }
            c() { return this.shared.find("3"); }
            d() { return this.deps.notes.find("4"); }
            e() { this.log(); super.log(); }
            f() { return this.#secret.find("5"); }
            g() { const { notes } = this.deps; return notes.find("6"); }
          }
        `,
      }),
    ).toEqual([
      "service.ts:9 Service#a -> notes.ts Notes#find",
      "service.ts:10 Service#b -> notes.ts Notes#find",
      "service.ts:11 Service#c -> notes.ts Notes#find",
      "service.ts:12 Service#d -> notes.ts Notes#find",
      "service.ts:13 Service#e -> base.ts Base#log",
      "service.ts:14 Service#f -> notes.ts Notes#find",
      "service.ts:15 Service#g -> notes.ts Notes#find",
    ]);
  });

  test("an interface leads to the one class that implements it, and nowhere where there are two", async () => {
    const texts = {
      "ports.ts": `export interface Store { save(): void } export interface Mail { send(): void }`,
      "stores.ts": `import { Store, Mail } from "./ports";
        export class SqlStore implements Store { save() {} }
        export class Smtp implements Mail { send() {} }
        export class Silent implements Mail { send() {} }`,
      "main.ts": `import type { Store, Mail } from "./ports";
        export const run = (store: Store, mail: Mail) => { store.save(); mail.send(); };`,
    };
    expect(await calls(texts)).toEqual(["main.ts:2 run -> stores.ts SqlStore#save"]);
  });

  test("functions that other names hold: taken apart, in objects, in default exports", async () => {
    expect(
      await calls({
        "notes.ts": notes,
        "given.ts": `
          import { Notes, Note } from "./notes";
          const notes = new Notes();
          export const { find, inside: within } = notes;
          export const open = Notes.open;
          export const bound = notes.find.bind(notes);
          export const tools = { search: find, open };
          export default new Note();
        `,
        "all.ts": `import { open, tools } from "./given"; export default { open, tools };`,
        "main.ts": `
          import note, { find, within, open, bound, tools } from "./given";
          import all from "./all";
          export const run = (late: import("./notes").Note) => {
            find("1"); within(trx); open(); bound("2"); tools.search("3");
            note.rename("a");
            all.open();
            late.rename("b");
          };
        `,
      }),
    ).toEqual([
      "main.ts:5 run -> notes.ts Notes#find",
      "main.ts:5 run -> notes.ts Notes#inside",
      "main.ts:5 run -> notes.ts Notes#open",
      "main.ts:6 run -> notes.ts Note#rename",
      "main.ts:7 run -> notes.ts Notes#open",
      "main.ts:8 run -> notes.ts Note#rename",
    ]);
  });

  test("CommonJS: one object that many files add to", async () => {
    expect(
      await calls({
        "notes/index.js": `
          const Notes = module.exports;
          require("./create")(Notes);
          const addRemoval = require("./remove");
          addRemoval(Notes);
          Notes.find = async function () {};
        `,
        "notes/create.js": `module.exports = function (Notes) {
          Notes.create = async (title) => { await Notes.find(title); await Notes.remove(title); };
        };`,
        "notes/remove.js": `module.exports = (Store) => { Store.remove = function () {}; };`,
        "own.js": `const Own = {}; Own.go = () => {}; module.exports = Own;`,
        "store.js": `class Base { load() {} } module.exports = class Store extends Base { save() {} };`,
        "main.js": `
          const notes = require("./notes");
          exports.run = () => { notes.create("a"); notes.find("a"); notes.remove("a"); require("./own").go(); };
          const Store = require("./store");
          exports.keep = () => { const store = new Store(); store.save(); store.load(); };
        `,
      }),
    ).toEqual([
      "main.js:3 run -> notes/create.js Notes.create",
      "main.js:3 run -> notes/index.js Notes.find",
      "main.js:3 run -> notes/remove.js Store.remove",
      "main.js:3 run -> own.js Own.go",
      "main.js:5 keep -> store.js Base#load",
      "main.js:5 keep -> store.js Store#save",
      "notes/create.js:2 Notes.create -> notes/index.js Notes.find",
      "notes/create.js:2 Notes.create -> notes/remove.js Store.remove",
      "notes/index.js:3 null -> notes/create.js default",
      "notes/index.js:5 null -> notes/remove.js default",
    ]);
  });

  test("constructors that do something; nothing is invented for what is unknown", async () => {
    expect(
      await calls({
        "notes.ts": `export class Notes { constructor() { connect(); } } export class Plain {} export const find = () => {};`,
        "main.ts": `
          import { Notes, Plain, find as search } from "./notes";
          function run(find, Notes2: any) { find(); new Plain(); Notes2.find(); this.find(); return new Notes(); }
          const constructor = { toString: 1 };
          export const odd = (x: Plain) => { x.constructor.toString(); x.missing(); };
        `,
      }),
    ).toEqual(["main.ts:3 run -> notes.ts Notes#constructor"]);
  });

  test("types that lead in a circle end", async () => {
    expect(
      await calls({
        "a.ts": `import { b } from "./b"; export const a = () => b(); a().b().c();`,
        "b.ts": `import { a } from "./a"; export const b = () => a(); export class X extends Y { f: X; g() { this.f.f.f.f.h(); } } class Y extends X {}`,
      }),
    ).toEqual(["a.ts:1 null -> a.ts a", "a.ts:1 a -> b.ts b", "b.ts:1 b -> a.ts a"]);
  });
});
