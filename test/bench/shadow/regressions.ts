import type { Chance } from "./seeded.ts";
import type { Case, Side } from "./cases.ts";
import {
  entryDocument,
  jsonAnswer,
  listDocument,
  pageAnswer,
  tableAnswer,
  type Document,
  type Entry,
  type WireAnswer,
} from "./world.ts";

// 25 kinds of real faults, 8 of each. A fault meets all requests, or those for half, a tenth or a twentieth of the entries:
// an entry is right or wrong every time it is asked for, as it is with faults of code.

/** What is wrong, as a change of an answer's parts; the field in which it shows. */
type Fault = { name: string; shape: "entry" | "list" | "page" | "table"; fields: RegExp } & (
  { document: (document: Document, chance: Chance) => void } | { answer: (answer: WireAnswer) => void }
);

const SHARES = [1, 0.5, 0.1, 0.05];

export function makeRegressions(chance: Chance, entries: readonly Entry[]): Case[] {
  return FAULTS.flatMap((fault) =>
    Array.from({ length: 8 }, (_, index): Case => {
      const share = SHARES[index % SHARES.length] ?? 1;
      const wrong = new Set(chance.shuffle(entries.map(({ id }) => id)).slice(0, Math.ceil(entries.length * share)));
      return {
        name: `${fault.name}, ${share * 100} % of the entries, ${index < 4 ? "first" : "second"}`,
        expected: fault.fields,
        control: sound(fault.shape, entries),
        candidate: faulty(fault, wrong, entries),
      };
    }),
  );
}

// --- internal ---

const FAULTS: readonly Fault[] = [
  { name: "a wrong value", shape: "entry", fields: /^\/currency$/, document: (entry) => (entry["currency"] = "USD") },
  {
    name: "a wrong number",
    shape: "entry",
    fields: /^\/rank$/,
    document: (entry) => (entry["rank"] = Number(entry["rank"]) + 100),
  },
  {
    name: "a price off by one cent",
    shape: "entry",
    fields: /^\/price$/,
    document: (entry) => (entry["price"] = cents(entry["price"], 1)),
  },
  {
    name: "a price rounded",
    shape: "entry",
    fields: /^\/price$/,
    document: (entry) => (entry["price"] = Math.floor(Number(entry["price"])) + 0.5),
  },
  { name: "a missing field", shape: "entry", fields: /^\/summary$/, document: (entry) => delete entry["summary"] },
  {
    name: "a missing nested field",
    shape: "entry",
    fields: /^\/size\/unit$/,
    document: (entry) => delete inside(entry, "size")["unit"],
  },
  {
    name: "a field that nobody should see",
    shape: "entry",
    fields: /^\/purchasePrice$/,
    document: (entry) => (entry["purchasePrice"] = 1),
  },
  {
    name: "a number as text",
    shape: "entry",
    fields: /^\/price$/,
    document: (entry) => (entry["price"] = String(entry["price"])),
  },
  {
    name: "null instead of a value",
    shape: "entry",
    fields: /^\/title$/,
    document: (entry) => (entry["title"] = null),
  },
  {
    name: "a flag turned round",
    shape: "entry",
    fields: /^\/inStock$/,
    document: (entry) => (entry["inStock"] = entry["inStock"] !== true),
  },
  {
    name: "an order that matters",
    shape: "entry",
    fields: /^\/steps/,
    document: (entry) => list(entry, "steps").reverse(),
  },
  { name: "a truncated list", shape: "entry", fields: /^\/steps/, document: (entry) => list(entry, "steps").pop() },
  {
    name: "an entry twice",
    shape: "list",
    fields: /^\/items/,
    document: (page) => list(page, "items").push(list(page, "items")[0]),
  },
  {
    name: "a page in another order",
    shape: "list",
    fields: /^\/items/,
    document: (page) => list(page, "items").reverse(),
  },
  {
    name: "a wrong value in a paired list",
    shape: "entry",
    fields: /^\/variants\/\*\/price$/,
    document: (entry) => spoilVariant(entry),
  },
  {
    name: "a stored time in another zone",
    shape: "entry",
    fields: /^\/addedAt$/,
    document: (entry) => (entry["addedAt"] = shiftHours(entry["addedAt"], 2)),
  },
  {
    name: "letters decoded wrongly",
    shape: "entry",
    fields: /^\/title$/,
    document: (entry) => (entry["title"] = `${String(entry["title"])} CafÃ©`),
  },
  {
    name: "a changing field that is gone",
    shape: "entry",
    fields: /^\/meta\/requestId$/,
    document: (entry) => delete inside(entry, "meta")["requestId"],
  },
  { name: "a status", shape: "entry", fields: /^status$/, answer: (answer) => (answer.status = 404) },
  {
    name: "an answer that ends too soon",
    shape: "entry",
    fields: /^body$|^line:/,
    answer: (answer) => (answer.body = answer.body.slice(0, -20)),
  },
  {
    name: "an answer that may be cached for all",
    shape: "page",
    fields: /^header:cache-control$/,
    answer: (answer) => (answer.headers["cache-control"] = "public, max-age=60"),
  },
  {
    name: "a cookie that scripts may read",
    shape: "page",
    fields: /^header:set-cookie/,
    answer: (answer) => (answer.headers["set-cookie"] = ["visit=1; Path=/; Secure; SameSite=Lax"]),
  },
  {
    name: "another text on a page",
    shape: "page",
    fields: /main/,
    answer: (answer) => (answer.body = answer.body.replace(" EUR<", " USD<")),
  },
  {
    name: "another link on a page",
    shape: "page",
    fields: /nav/,
    answer: (answer) => (answer.body = answer.body.replace('href="/entries"', 'href="/all"')),
  },
  {
    name: "a wrong figure in a table",
    shape: "table",
    fields: /^line:|^body$/,
    answer: (answer) => (answer.body = answer.body.replace(/\.(\d\d);(\d+)$/, ".$1;0")),
  },
];

function sound(shape: Fault["shape"], entries: readonly Entry[]): Side {
  return (id, chance) => answerOf(shape, id, entries, chance, () => undefined);
}

function faulty(fault: Fault, wrong: ReadonlySet<number>, entries: readonly Entry[]): Side {
  return (id, chance) => {
    const spoil = (document: Document) => {
      if ("document" in fault && wrong.has(id)) fault.document(document, chance);
    };
    const answer = answerOf(fault.shape, id, entries, chance, spoil);
    if ("answer" in fault && wrong.has(id)) fault.answer(answer);
    return answer;
  };
}

function answerOf(
  shape: Fault["shape"],
  id: number,
  entries: readonly Entry[],
  chance: Chance,
  spoil: (document: Document) => void,
) {
  const entry = entries.find((each) => each.id === id) as Entry;
  const near = entries.filter((each) => Math.abs(each.id - id) < 3);
  if (shape === "page") return pageAnswer(entry, chance);
  if (shape === "table") return tableAnswer(near, chance);
  const document = shape === "entry" ? entryDocument(entry, chance) : listDocument(near, chance);
  spoil(document);
  return jsonAnswer(document);
}

function inside(document: Document, key: string): Document {
  return document[key] as Document;
}

function list(document: Document, key: string): unknown[] {
  return document[key] as unknown[];
}

function cents(price: unknown, by: number): number {
  return (Math.round(Number(price) * 100) + by) / 100;
}

function spoilVariant(entry: Document): void {
  const variant = list(entry, "variants")[1] as Document;
  variant["price"] = cents(variant["price"], -1);
}

function shiftHours(instant: unknown, hours: number): string {
  return new Date(Date.parse(String(instant)) + hours * 3_600_000).toISOString();
}
