import { ExitCode } from "@strangler/platform";
import {
  replay,
  verifyAudit,
  type AuditEntry,
  type AuditVerdict,
  type ChainEnd,
  type RoutesStore,
} from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { renderAudit } from "./render-audit.ts";
import { withStore } from "./routes-store.ts";

type AuditArguments = RouteArguments & {
  verify: boolean;
  end?: string | undefined;
  at?: string | undefined;
  limit: number;
};

export const routeAuditCommand: CommandModule<object, AuditArguments> = {
  command: "audit",
  describe: "Show who changed the routes, when and why; verify that log",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .option("verify", {
        type: "boolean",
        default: false,
        describe: "Follow the chain of hashes from the first entry",
      })
      .option("end", { type: "string", describe: "With --verify: an end noted before, NUMBER:HASH" })
      .option("at", { type: "string", describe: "Print the routes as they were then (ISO 8601)" })
      .option("limit", { type: "number", default: 20, describe: "How many entries, newest first" })
      .example("$0 route audit --verify", "status 1 when the log was tampered with")
      .example("$0 route audit --at 2026-03-01T12:00:00Z", "the routes file of that instant"),
  handler: async (args) => {
    await withStore(args, async (store) => {
      if (args.at !== undefined) process.stdout.write(await textAt(store, readInstant(args.at)));
      else if (args.verify) showVerdict(args, await verify(store, args.end));
      else await showEntries(args, store);
    });
  },
};

// --- internal ---

class AuditUsageError extends Error {
  readonly code = "AUDIT_USAGE";
  readonly exitCode = ExitCode.usage;
}

async function showEntries({ limit, json }: AuditArguments, store: RoutesStore): Promise<void> {
  const entries = await store.history({ limit });
  if (json) printJson({ store: store.name, entries });
  else process.stdout.write(`${renderAudit(entries)}\n`);
}

async function verify(store: RoutesStore, end: string | undefined): Promise<AuditVerdict> {
  const { text: currentText } = await store.read();
  return verifyAudit(store.auditLines(), { knownEnd: end === undefined ? undefined : readEnd(end), currentText });
}

function showVerdict({ json }: AuditArguments, verdict: AuditVerdict): void {
  if (verdict.faults.length > 0) process.exitCode = ExitCode.finding;
  if (json) {
    printJson({ verified: verdict.faults.length === 0, ...verdict });
    return;
  }
  const { entries, end, faults } = verdict;
  const whole = `${entries} entries, an unbroken chain. It ends at ${end.seq}:${end.hash}`;
  const lines = faults.length === 0 ? [whole] : faults.map(({ line, reason }) => `entry ${line} ${reason}`);
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function textAt(store: RoutesStore, instant: Date): Promise<string> {
  const entries: AuditEntry[] = await store.history({ limit: Number.MAX_SAFE_INTEGER });
  const text = replay(entries.reverse(), instant);
  if (text === undefined)
    throw new AuditUsageError(`The log of ${store.name} begins later than ${instant.toISOString()}.`);
  return text;
}

function readInstant(text: string): Date {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant;
  throw new AuditUsageError(`"${text}" is no time. Write it as 2026-03-01T12:00:00Z.`);
}

function readEnd(text: string): ChainEnd {
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw new AuditUsageError(`"${text}" is no end of a log. "route audit --verify" prints one: NUMBER:HASH.`);
}
