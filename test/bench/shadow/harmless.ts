import type { Chance } from "./seeded.ts";
import type { Case, Side } from "./cases.ts";
import {
  entryDocument,
  jsonAnswer,
  listDocument,
  now,
  pageAnswer,
  tableAnswer,
  type Document,
  type Entry,
  type WireAnswer,
} from "./world.ts";

// 20 kinds of differences that mean nothing, 10 of each: what two servers spell differently, and what every answer says anew.

/** `anew` is put into the answers of both sides; `spelling` only into the candidate's. */
type Harmless = { name: string; shape: "entry" | "list" | "page" | "table" } & (
  | { anew: (document: Document, chance: Chance, index: number) => void }
  | { spelling: (answer: WireAnswer, chance: Chance) => void }
);

export function makeHarmless(entries: readonly Entry[]): Case[] {
  return KINDS.flatMap((kind) =>
    Array.from({ length: 10 }, (_, index): Case => ({
      name: `${kind.name}, ${index + 1}`,
      expected: undefined,
      control: side(kind, "control", index, entries),
      candidate: side(kind, "candidate", index, entries),
    })),
  );
}

// --- internal ---

// From once in a thousand answers to half of them.
const RATES = [0.001, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

const KINDS: readonly Harmless[] = [
  { name: "an id made for the answer", shape: "entry", anew: (entry, chance) => (entry["etagId"] = chance.uuid()) },
  { name: "a time of the answer", shape: "list", anew: (page, chance) => (page["servedAt"] = now(chance)) },
  {
    name: "a field that flickers",
    shape: "entry",
    anew: (entry, chance, index) => (entry["cached"] = chance.next() < rate(index)),
  },
  {
    name: "a field that is sometimes missing",
    shape: "entry",
    anew: (entry, chance, index) => sometimes(chance, index, () => (entry["hint"] = "new")),
  },
  {
    name: "a list that is sometimes longer",
    shape: "entry",
    anew: (entry, chance, index) => (entry["offers"] = chance.next() < rate(index) ? [1, 2] : [1]),
  },
  {
    name: "a figure that counts",
    shape: "entry",
    anew: (entry, chance) => (entry["views"] = 1_000 + chance.below(1_000)),
  },
  {
    name: "a pagination cursor",
    shape: "list",
    anew: (page, chance) => (page["next"] = `/entries?cursor=${chance.hex(24)}`),
  },
  {
    name: "recommendations in any order",
    shape: "entry",
    anew: (entry, chance) => (entry["seeAlso"] = chance.shuffle([1, 2, 3, 4, 5, 6])),
  },
  {
    name: "a random choice of any length",
    shape: "entry",
    anew: (entry, chance) => (entry["adverts"] = chance.shuffle([1, 2, 3, 4]).slice(chance.below(4))),
  },
  { name: "the order of keys", shape: "entry", spelling: (answer) => rewrite(answer, reverseKeys) },
  {
    name: "white space in JSON",
    shape: "list",
    spelling: (answer) => (answer.body = JSON.stringify(JSON.parse(answer.body), null, 2)),
  },
  {
    name: "the spelling of numbers",
    shape: "entry",
    spelling: (answer) => (answer.body = answer.body.replaceAll(/:(\d+)([,}])/g, ":$1.0$2")),
  },
  { name: "the last bit of a fraction", shape: "entry", spelling: (answer) => rewrite(answer, lastBits) },
  {
    name: "escaped letters",
    shape: "entry",
    spelling: (answer) => (answer.body = answer.body.replaceAll(/"[^"]*"/g, escapeLetters)),
  },
  { name: "tags in another order", shape: "entry", spelling: (answer) => rewrite(answer, sortTags) },
  { name: "fields of the connection", shape: "page", spelling: (answer, chance) => connectionFields(answer, chance) },
  { name: "the spelling of header fields", shape: "page", spelling: (answer) => spellHeaders(answer) },
  { name: "white space and comments on a page", shape: "page", spelling: (answer, chance) => respace(answer, chance) },
  {
    name: "the order of attributes",
    shape: "page",
    spelling: (answer) => (answer.body = answer.body.replaceAll(/<(\w+) (\w+="[^"]*") (\w+="[^"]*")/g, "<$1 $3 $2")),
  },
  {
    name: "the spelling of entities",
    shape: "page",
    spelling: (answer) => (answer.body = answer.body.replaceAll("&amp;", "&#38;").replaceAll("Home", "&#72;ome")),
  },
];

function side(kind: Harmless, which: "control" | "candidate", index: number, entries: readonly Entry[]): Side {
  return (id, chance) => {
    const near = entries.filter((each) => Math.abs(each.id - id) < 3);
    const entry = entries.find((each) => each.id === id) as Entry;
    if (kind.shape === "page" || kind.shape === "table") {
      const answer = kind.shape === "page" ? pageAnswer(entry, chance) : tableAnswer(near, chance);
      if (which === "candidate" && "spelling" in kind) kind.spelling(answer, chance);
      return answer;
    }
    const document = kind.shape === "entry" ? entryDocument(entry, chance) : listDocument(near, chance);
    if ("anew" in kind) kind.anew(document, chance, index);
    const answer = jsonAnswer(document);
    if (which === "candidate" && "spelling" in kind) kind.spelling(answer, chance);
    return answer;
  };
}

function escapeLetters(text: string): string {
  return text.replaceAll("e", "\\u0065");
}

function rate(index: number): number {
  return RATES[index % RATES.length] ?? 0.5;
}

function sometimes(chance: Chance, index: number, act: () => void): void {
  if (chance.next() < rate(index)) act();
}

function rewrite(answer: WireAnswer, change: (document: Document) => Document): void {
  answer.body = JSON.stringify(change(JSON.parse(answer.body) as Document));
}

function reverseKeys(document: Document): Document {
  return Object.fromEntries(Object.entries(document).reverse());
}

// 0.1 + 0.2 is 0.30000000000000004: the same sum in another order of adding.
function lastBits(document: Document): Document {
  return { ...document, price: (Number(document["price"]) / 3) * 3 + Number.EPSILON * Number(document["price"]) };
}

function sortTags(document: Document): Document {
  return {
    ...document,
    tags: [...(document["tags"] as string[])].sort(),
    variants: [...(document["variants"] as unknown[])].reverse(),
  };
}

function connectionFields(answer: WireAnswer, chance: Chance): void {
  Object.assign(answer.headers, {
    server: "another",
    date: "Thu, 01 Jan 2026 00:00:00 GMT",
    etag: `"${chance.hex(8)}"`,
    vary: "accept-encoding",
    "x-trace": chance.hex(16),
    "set-cookie": [`visit=${chance.hex(8)}; Path=/; HttpOnly; Secure; SameSite=Lax`],
  });
}

function spellHeaders(answer: WireAnswer): void {
  Object.assign(answer.headers, {
    "cache-control": "max-age=60,private",
    "content-type": "text/html;charset=UTF-8",
    "set-cookie": ["visit=1; path=/; samesite=lax; secure; httponly"],
  });
}

function respace(answer: WireAnswer, chance: Chance): void {
  answer.body = answer.body.replaceAll(/>\s+</g, "> <").replace("<main", `<!-- built ${chance.hex(6)} -->\n\n<main`);
}
