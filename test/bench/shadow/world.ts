import type { Chance } from "./seeded.ts";

// A small made-up world whose answers are compared: entries, lists of them, pages and tables. Every answer carries the noise
// that real ones do, on both sides, so that no regression stands alone.

/** An answer as it comes off the wire. */
export type WireAnswer = { status: number; headers: Record<string, string | string[]>; body: string };

export type Document = Record<string, unknown>;

/** One entry of the world; the same for everybody who asks for it. */
export type Entry = {
  id: number;
  title: string;
  price: number;
  currency: string;
  inStock: boolean;
  rank: number;
  addedAt: string;
  summary: string;
  tags: string[];
  steps: string[];
  size: { width: number; height: number; unit: string };
  variants: { sku: string; price: number; colour: string }[];
  notes: { by: string; stars: number; text: string }[];
};

const WORDS = "amber birch cedar dusk ember fern grove hazel iris juniper kelp lime moss nettle olive pine".split(" ");
const COLOURS = ["red", "green", "blue", "grey"];
const STEPS = ["unpack", "assemble", "charge", "switch on", "register"];

export function makeEntries(chance: Chance, count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => makeEntry(chance, index + 1));
}

/** The same entry as JSON has it, and this answer's own noise. */
export function entryDocument(entry: Entry, chance: Chance): Document {
  return {
    ...structuredClone(entry),
    links: { self: `/entries/${entry.id}`, image: `/images/${entry.id}.png` },
    meta: noise(chance),
  };
}

/** A page of entries, ordered by rank. */
export function listDocument(entries: readonly Entry[], chance: Chance): Document {
  return { items: structuredClone(entries), total: 4_711, page: 1, meta: noise(chance) };
}

export function jsonAnswer(document: unknown): WireAnswer {
  return {
    status: 200,
    headers: { ...HEADERS, "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(document),
  };
}

/** A page for people. `token` changes with every answer, as form tokens and nonces do. */
export function pageAnswer(entry: Entry, chance: Chance): WireAnswer {
  const nonce = chance.hex(16);
  const body = `<!doctype html>
<html lang="en">
  <head>
    <title>${entry.title}</title>
    <link rel="canonical" href="/entries/${entry.id}">
    <script nonce="${nonce}">window.page = "entry";</script>
  </head>
  <body>
    <nav><a href="/">Home</a> <a href="/entries">Entries</a></nav>
    <main class="entry">
      <h1>${entry.title}</h1>
      <p class="price">${entry.price.toFixed(2)} ${entry.currency}</p>
      <p class="summary">${entry.summary} &amp; more</p>
      <ul class="tags">${entry.tags.map((tag) => `<li>${tag}</li>`).join("")}</ul>
      <ol class="steps">${entry.steps.map((step) => `<li>${step}</li>`).join("")}</ol>
      <form action="/basket" method="post">
        <input type="hidden" name="csrf" value="${chance.hex(32)}">
        <input type="number" name="count" value="1">
        <button type="submit" ${entry.inStock ? "" : "disabled"}>Put into basket</button>
      </form>
    </main>
    <footer>answered at ${timeOfDay(chance)} by request ${chance.hex(12)}</footer>
  </body>
</html>`;
  return { status: 200, headers: { ...HEADERS, "content-type": "text/html; charset=utf-8" }, body };
}

/** A table as text; its first line says when it was made. */
export function tableAnswer(entries: readonly Entry[], chance: Chance): WireAnswer {
  const lines = entries.map(({ id, title, price, rank }) => `${id};${title};${price.toFixed(2)};${rank}`);
  const body = [`made ${now(chance)}`, "id;title;price;rank", ...lines].join("\n");
  return { status: 200, headers: { ...HEADERS, "content-type": "text/csv; charset=utf-8" }, body };
}

/** An instant a little later every time, as clocks have it. */
export function now(chance: Chance): string {
  return new Date(Date.UTC(2026, 0, 1) + chance.below(90 * 86_400_000)).toISOString();
}

// --- internal ---

const HEADERS: Record<string, string | string[]> = {
  "cache-control": "private, max-age=60",
  "content-language": "en",
  "set-cookie": ["visit=1; Path=/; HttpOnly; Secure; SameSite=Lax"],
};

function makeEntry(chance: Chance, id: number): Entry {
  return {
    id,
    title: `${chance.pick(WORDS)} ${chance.pick(WORDS)}`,
    price: (500 + chance.below(20_000)) / 100,
    currency: "EUR",
    inStock: chance.next() < 0.8,
    rank: 1 + chance.below(1_000),
    addedAt: new Date(
      Date.UTC(2024, chance.below(12), 1 + chance.below(28), chance.below(24), chance.below(60)),
    ).toISOString(),
    summary: Array.from({ length: 8 }, () => chance.pick(WORDS)).join(" "),
    tags: chance.shuffle(WORDS).slice(0, 3),
    steps: chance.shuffle(STEPS).slice(0, 4),
    size: { width: 10 + chance.below(90), height: 10 + chance.below(90), unit: "mm" },
    variants: COLOURS.slice(0, 3).map((colour) => ({
      sku: `${id}-${colour}`,
      price: (500 + chance.below(900)) / 100,
      colour,
    })),
    notes: [1, 2].map(() => ({ by: chance.pick(WORDS), stars: 1 + chance.below(5), text: chance.pick(WORDS) })),
  };
}

// What every answer says anew: always, often, or once in a while.
function noise(chance: Chance): Document {
  return {
    requestId: chance.uuid(),
    answeredAt: now(chance),
    tookMs: chance.below(40),
    cache: chance.next() < 0.3 ? "miss" : "hit",
    degraded: chance.next() < 0.01,
    viewers: chance.below(500),
  };
}

function timeOfDay(chance: Chance): string {
  return now(chance).slice(11, 19);
}
