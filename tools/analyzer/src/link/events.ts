import type { EventUse } from "../facts.ts";
import { sortedBy } from "../order.ts";
import type { EventFact, Text } from "../source-facts.ts";
import { notifications } from "./notifications.ts";
import type { Symbols } from "./symbols.ts";
import { fillConstants } from "./text-values.ts";
import { own } from "../own.ts";

/**
 * Everything that is sent or waited for under a name. What calls look like is not enough for some of it: a class only
 * counts as an event where it is one of ours, an emitter that is no common name only where its class is one, a queue
 * only where its name is known, and a named object only where some class lists the names it is called for.
 */
export function linkEvents(symbols: Symbols): EventUse[] {
  const files = [...symbols.files.values()];
  const uses = files.flatMap((facts) => facts.events.flatMap((fact) => linkEvent(symbols, facts.path, fact)));
  const heard = new Set(uses.flatMap(({ role, mechanism }) => (role === "listen" ? [mechanism] : [])));
  const all = [
    ...uses.filter(({ mechanism }) => mechanism !== "named" || heard.has(mechanism)),
    ...files.flatMap(notifications),
  ];
  return sortedBy(
    unique(all),
    (x) => x.file,
    (x) => x.line,
    (x) => x.role,
    (x) => x.mechanism,
    (x) => x.name ?? "",
  );
}

// --- internal ---

function linkEvent(symbols: Symbols, file: string, fact: EventFact): EventUse[] {
  const resolve = own(RESOLVERS, fact.mechanism) ?? resolveNamed;
  return fact.sender === null ? resolve(symbols, file, fact) : resolveSender(symbols, file, fact, fact.sender);
}

const CARRIES_CLASSES = new Set(["emitter", "pubsub"]);

type Resolver = (symbols: Symbols, file: string, fact: EventFact) => EventUse[];

const RESOLVERS: Readonly<Record<string, Resolver>> = { class: resolveClass, job: resolveJob };

function use(file: string, { role, mechanism, line, in: where }: EventFact, name: string | null): EventUse {
  return { file, line, role, name, mechanism, function: where };
}

// A name that turns out to be a class is told by that class, whatever carries it.
function resolveNamed(symbols: Symbols, file: string, fact: EventFact): EventUse[] {
  const type = CARRIES_CLASSES.has(fact.mechanism) ? eventClass(symbols, file, fact.name) : null;
  if (type !== null) return [use(file, { ...fact, mechanism: "class" }, type)];
  const name = nameOf(symbols, file, fact.name);
  return name !== null && OF_EVERY_EMITTER.has(name) ? [] : [use(file, fact, name)];
}

function resolveClass(symbols: Symbols, file: string, fact: EventFact): EventUse[] {
  const type = eventClass(symbols, file, fact.name);
  return type === null ? [] : [use(file, fact, type)];
}

// The class that is scheduled is the one that does the work: it hears its own name.
function resolveJob(symbols: Symbols, file: string, fact: EventFact): EventUse[] {
  const origin = classOf(symbols, file, fact.name);
  const work = origin && WORKING.find((method) => symbols.findFunction(origin.file, `${origin.name}#${method}`));
  const type = origin && symbols.files.get(origin.file)?.classes.find(({ name }) => name === origin.name);
  if (!origin || !type || work === undefined) return [];
  const listen: EventUse = {
    file: origin.file,
    line: type.line,
    role: "listen",
    name: origin.name,
    mechanism: fact.mechanism,
    function: `${origin.name}#${work}`,
  };
  return [use(file, fact, origin.name), listen];
}

const WORKING = ["perform", "handle", "run", "execute", "process"];

function resolveSender(symbols: Symbols, file: string, fact: EventFact, sender: string): EventUse[] {
  if (fact.mechanism === "queue") {
    const name = queueName(symbols, file, sender);
    return name === null ? [] : [use(file, fact, name)];
  }
  const emitter = emitterClass(symbols, file, sender);
  if (emitter === null) return [];
  return resolveNamed(symbols, file, fact).map((found) =>
    found.mechanism === "emitter" ? { ...found, mechanism: `emitter ${emitter}` } : found,
  );
}

// `mails.add()`, `this.mails.add()`
function queueName(symbols: Symbols, file: string, sender: string): string | null {
  const cut = sender.lastIndexOf("#");
  const origin =
    cut < 0 ? symbols.originOf(file, sender.replace(/^typeof /, "")) : symbols.typeOf(file, sender.slice(0, cut));
  const key = origin && (cut < 0 ? origin.name : `${origin.name}${sender.slice(cut)}`);
  const text = origin && key ? symbols.files.get(origin.file)?.wiring.queues[key] : undefined;
  return origin && text ? nameOf(symbols, origin.file, text) : null;
}

/** The class among the bases of a value's type that itself extends an emitter of the platform. */
function emitterClass(symbols: Symbols, file: string, sender: string): string | null {
  let origin = symbols.typeOf(file, sender);
  for (let step = 0; origin && step < MOST_BASES; step += 1) {
    const { file: at, name: type } = origin;
    const base = symbols.files.get(at)?.classes.find(({ name }) => name === type)?.base;
    if (!base) return null;
    if (/(?:^|\.)(?:Async|Typed|Strict)?EventEmitter[236]?$/.test(base)) return type;
    origin = symbols.originOf(at, base);
  }
  return null;
}

const MOST_BASES = 10;

function eventClass(symbols: Symbols, file: string, name: Text): string | null {
  return classOf(symbols, file, name)?.name ?? outsideClass(symbols, file, name);
}

// `OrderPlaced`, and `OrderPlaced.getName()` where nothing tells what that gives back.
function classOf(symbols: Symbols, file: string, token: Text): { file: string; name: string } | null {
  const [only, ...others] = token;
  if (only === undefined || others.length > 0 || typeof only === "string" || !("name" in only)) return null;
  if (fillConstants(symbols, file, token).every((part) => typeof part === "string")) return null;
  const origin = symbols.originOf(file, only.name.replace(/\.\w+\(\)$/, ""));
  const isClass = origin && symbols.files.get(origin.file)?.classes.some(({ name }) => name === origin.name);
  return isClass ? origin : null;
}

/** Events that every emitter of the platform has; they say nothing of who talks to whom. */
const OF_EVERY_EMITTER = new Set(
  "error close end finish data readable drain connect connection disconnect listening exit newListener removeListener".split(
    " ",
  ),
);

// A constant that is defined elsewhere, or computed, still names one and the same event wherever it is used.
function nameOf(symbols: Symbols, file: string, text: Text): string | null {
  const [only, ...others] = text;
  const known = shownName(fillConstants(symbols, file, text));
  if (known !== null || others.length > 0 || only === undefined || typeof only === "string" || !("name" in only)) {
    return known;
  }
  return symbols.originOf(file, only.name)?.name ?? only.name;
}

// A class of a package, for instance of one that several services share.
function outsideClass(symbols: Symbols, file: string, [only, ...others]: Text): string | null {
  if (only === undefined || others.length > 0 || typeof only === "string" || !("name" in only)) return null;
  const name = only.name.replace(/\.\w+\(\)$/, "");
  return /^[A-Z]\w*[a-z]\w*$/.test(name) && symbols.originOf(file, name) === null ? name : null;
}

/** Pieces that only a run knows are shown as `*`; null where nothing else is left. */
function shownName(text: Text): string | null {
  const shown = text
    .map((part) => (typeof part === "string" ? part : "*"))
    .join("")
    .replaceAll(/\*{2,}/g, "*");
  return /^[*.:/\s-]*$/.test(shown) && text.some((part) => typeof part !== "string") ? null : shown;
}

function unique(uses: readonly EventUse[]): EventUse[] {
  return [...new Map(uses.map((event) => [Object.values(event).join("\0"), event])).values()];
}
