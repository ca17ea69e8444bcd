import { z } from "zod";

// Streams run in processes of their own. What is read here is their `/status`; whatever a newer or older one says besides is passed over.

const alarm = z.object({ name: z.string(), sentence: z.string(), since: z.string() });

const table = z.object({
  table: z.string(),
  /** Rows that were copied and changes that were applied, since the process began. */
  changes: z.number(),
  /** Changes that have arrived and are not on the target yet. */
  waiting: z.number(),
});

const copiedTable = z.object({ table: z.string(), rows: z.number(), estimatedRows: z.number(), share: z.number() });

const status = z.object({
  state: z.string(),
  reason: z.string().optional(),
  received: z.string(),
  applied: z.string(),
  confirmed: z.string(),
  lagBytes: z.number(),
  lagMs: z.number(),
  changes: z.number(),
  transactions: z.number(),
  changesPerSecond: z.number(),
  parked: z.object({ transactions: z.number() }).default({ transactions: 0 }),
  slot: z.object({ walStatus: z.string(), keptBytes: z.number() }).nullable(),
  alarms: z.array(alarm).default([]),
  tables: z.array(table).default([]),
  copy: z
    .object({ share: z.number(), remainingSeconds: z.number().nullable(), tables: z.array(copiedTable) })
    .nullable()
    .default(null),
});

/** What a stream says of itself. */
export type StreamLook = z.output<typeof status>;

export type StreamView = {
  name: string;
  url: string;
  /** undefined when it could not be asked. */
  look: StreamLook | undefined;
  /** Why not, in a sentence; "" when it could. */
  trouble: string;
};

export type StreamLooks = (streams: ReadonlyMap<string, URL>) => Promise<StreamView[]>;

/** Asks streams for their status, each at most once a second, however many look. A stream that does not answer holds up nobody for long. */
export function createStreamLooks(now: () => number = Date.now): StreamLooks {
  const kept = new Map<string, { at: number; view: Promise<StreamView> }>();
  return (streams) => {
    const views = [...streams].map(([name, url]) => {
      const known = kept.get(url.href);
      if (known !== undefined && now() - known.at < KEEP_MS) return known.view;
      const view = look(name, url);
      kept.set(url.href, { at: now(), view });
      return view;
    });
    return Promise.all(views);
  };
}

// --- internal ---

const KEEP_MS = 1_000;
const PATIENCE_MS = 800;

async function look(name: string, url: URL): Promise<StreamView> {
  const about = { name, url: url.origin };
  try {
    const answer = await fetch(new URL("status", withSlash(url)), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const parsed = status.safeParse(await answer.json());
    if (parsed.success) return { ...about, look: parsed.data, trouble: "" };
    return { ...about, look: undefined, trouble: "What answers at its address does not speak of a stream." };
  } catch {
    return { ...about, look: undefined, trouble: "It does not answer. Is it started, and at this address?" };
  }
}

function withSlash(url: URL): URL {
  return url.pathname.endsWith("/") ? url : new URL(`${url.href}/`);
}
