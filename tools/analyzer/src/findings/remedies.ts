import type { Contexts } from "../contexts/contexts.ts";
import { countBy } from "../count.ts";
import { innerContexts, librariesOf } from "./libraries.ts";
import type { Facts } from "../facts.ts";
import type { TableOwnership } from "./ownership.ts";
import type { Seam, SeamKind, Tear } from "./seams.ts";
import type { TransactionFinding } from "./transactions.ts";

/** The patterns that resolve a seam. */
export type Remedy =
  | "api-call"
  | "api-composition"
  | "event"
  | "id-and-check"
  | "move-code"
  | "outbox"
  | "package"
  | "reference-copy"
  | "saga"
  | "types-package";

/** Gives every seam the first remedy of the table whose condition holds. */
export function chooseRemedies(
  tears: readonly Tear[],
  facts: Facts,
  contexts: Contexts,
  tables: readonly TableOwnership[],
  transactions: readonly TransactionFinding[],
): Seam[] {
  const known = gather(tears, facts, contexts, tables, transactions);
  return tears.map((tear) => {
    const rule = RULES[tear.kind].find(({ when }) => when === undefined || when(tear, known)) ?? LAST_RESORT;
    return { ...tear, remedy: rule.remedy, because: rule.because };
  });
}

// --- internal ---

type Rule = { remedy: Remedy; because: string; when?: (tear: Tear, known: Known) => boolean };

/** From here on a copy is cheaper than asking: so many places would wait for the answer. */
const MANY_PLACES = 4;

/** Mechanisms of events that leave the process; the others are emitters, hooks and the database's own. */
const BROKERS = new Set(["amqp", "kafka", "nest", "pubsub", "queue", "sns", "sqs"]);

const LAST_RESORT: Rule = { remedy: "api-call", because: "one side has to ask the other" };

const RULES: Record<SeamKind, readonly Rule[]> = {
  transaction: [
    {
      remedy: "saga",
      because: "the transaction also reads what it writes there, so the other side can say no and must be undone",
      when: (tear, { readsOtherSide }) => readsOtherSide.has(placeKey(tear)),
    },
    {
      remedy: "outbox",
      because: "it only writes there: that can follow once this side has committed",
    },
  ],
  trigger: [
    {
      remedy: "event",
      because: "a trigger cannot reach another database; the change can be announced",
      when: ({ target }) => target === "write",
    },
    { remedy: "reference-copy", because: "a trigger can read only its own database" },
  ],
  access: [
    {
      remedy: "api-call",
      because: "only the owner may write a table",
      when: ({ target }) => target === "write",
    },
    {
      remedy: "reference-copy",
      because: "it is read in many places, and one context alone writes it",
      when: (tear, { accesses, contested }) =>
        (accesses.get(accessKey(tear)) ?? 0) >= MANY_PLACES && !contested.has(tear.what),
    },
    { remedy: "api-call", because: "it is read in few places" },
  ],
  join: [
    {
      remedy: "reference-copy",
      because: "the same tables are joined in many places",
      when: (tear, { joins }) => (joins.get(tear.what) ?? 0) >= MANY_PLACES,
    },
    { remedy: "api-composition", because: "few queries need both: ask each side and join the answers" },
  ],
  "foreign-key": [{ remedy: "id-and-check", because: "a key cannot span databases: keep the id, check it on writing" }],
  call: [
    {
      remedy: "package",
      because: "its context keeps nothing, answers no route and hardly asks others: a library",
      when: ({ to }, { libraries }) => libraries.has(to),
    },
    {
      remedy: "move-code",
      because: "the file is used by this context alone",
      when: (tear, { users }) => users.get(tear.target ?? "")?.size === 1,
    },
    { remedy: "api-call", because: "the caller waits for the answer" },
  ],
  injection: [{ remedy: "api-call", because: "the same token can hand out a client of the other side" }],
  event: [
    {
      remedy: "event",
      because: "a broker carries it already: only its address changes",
      when: (tear, { overBroker }) => overBroker.has(eventKey(tear.file, tear.line, tear.what)),
    },
    { remedy: "event", because: "it is announced already, but inside of one process: let a broker carry it" },
  ],
  type: [{ remedy: "types-package", because: "nothing of it runs: publish the types" }],
};

type Known = {
  accesses: ReadonlyMap<string, number>;
  joins: ReadonlyMap<string, number>;
  contested: ReadonlySet<string>;
  /** For every file that others use: the contexts that do, its own among them. */
  users: ReadonlyMap<string, ReadonlySet<string>>;
  /** Transactions, with the context, whose tables they both read and write. */
  readsOtherSide: ReadonlySet<string>;
  /** Places that send an event to another process already. */
  overBroker: ReadonlySet<string>;
  /** Contexts that can be published as packages. */
  libraries: ReadonlySet<string>;
};

function gather(
  tears: readonly Tear[],
  facts: Facts,
  contexts: Contexts,
  tables: readonly TableOwnership[],
  transactions: readonly TransactionFinding[],
): Known {
  return {
    accesses: countBy(tears.filter(({ kind }) => kind === "access").map(accessKey)),
    joins: countBy(tears.filter(({ kind }) => kind === "join").map(({ what }) => what)),
    contested: new Set(tables.filter((table) => table.contested).map(({ name }) => name)),
    users: usersOfFiles(facts, contexts),
    readsOtherSide: readWritten(tables, transactions),
    overBroker: new Set(
      facts.events
        .filter(({ mechanism }) => BROKERS.has(mechanism))
        .map(({ file, line, name }) => eventKey(file, line, name ?? "")),
    ),
    libraries: new Set(librariesOf(facts, contexts, innerContexts(facts, contexts, tables))),
  };
}

function accessKey({ from, what, target }: Tear): string {
  return [from, what, target].join("\0");
}

function placeKey({ file, line, to }: Pick<Tear, "file" | "line" | "to">): string {
  return [file, line, to].join("\0");
}

function eventKey(file: string, line: number, name: string): string {
  return [file, line, name].join("\0");
}

function usersOfFiles(facts: Facts, contexts: Contexts): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>();
  for (const { file, to } of facts.links) {
    const set = users.get(to) ?? new Set<string>();
    users.set(to, set.add(contexts.files[file] ?? ""));
  }
  return users;
}

function readWritten(tables: readonly TableOwnership[], transactions: readonly TransactionFinding[]): Set<string> {
  const owner = new Map(tables.map(({ name, context }) => [name, context]));
  const found = new Set<string>();
  for (const { file, line, tables: used } of transactions) {
    const read = new Set(used.filter(({ mode }) => mode === "read").map(({ table }) => table));
    for (const { table, mode } of used) {
      if (mode === "write" && read.has(table)) found.add(placeKey({ file, line, to: owner.get(table) ?? "" }));
    }
  }
  return found;
}
