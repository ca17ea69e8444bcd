// One reader of a slot's backlog, in a process of its own: prints what it took as one line of JSON. It confirms nothing, so that the
// next reader is sent the same.
//
//   node reader.ts ours|nothing|npm URL SLOT CHANGES
import { PgoutputPlugin, LogicalReplicationService } from "pg-logical-replication";
import { setTimeout as pause } from "node:timers/promises";
import { openLog } from "../../../cdc/src/capture/open-log.ts";
import { quoteName } from "../../../cdc/src/postgres/quote.ts";
import { openSession } from "../../../cdc/src/postgres/session.ts";
import { readCpuSeconds } from "../cpu-time.ts";

export type Reading = { changes: number; bytes: number; seconds: number; cpuSeconds: number };

type Task = { url: string; slot: string; changes: number };
type Reader = (task: Task) => Promise<Omit<Reading, "cpuSeconds">>;

const READERS: Record<string, Reader> = {
  /** The capture as a stream uses it: socket, frames, decoder, assembler. */
  async ours({ url, slot, changes }) {
    const session = await openSession({ url, what: "the source", application: "bench", replication: true });
    const done = Promise.withResolvers<void>();
    let seen = 0;
    const startedAt = performance.now();
    const source = await openLog({
      session,
      slot,
      publication: slot,
      serverVersion: 180_000,
      known: { twoPhase: true, confirmed: 0n },
    })({ applied: 1n } as Parameters<ReturnType<typeof openLog>>[0], {
      onMessage(message) {
        if (message.kind === "row") seen += 1;
        else if (message.kind === "commit" && seen >= changes) done.resolve();
      },
      onHorizon: () => undefined,
      // As a stream does while it drains a backlog.
      isBehind: () => true,
    });
    await done.promise;
    const seconds = (performance.now() - startedAt) / 1000;
    await source.close();
    return { changes: seen, bytes: 0, seconds };
  },

  /** Everything that arrives is thrown away; the end is where nothing arrives any more. */
  async nothing({ url, slot, changes }) {
    const session = await openSession({ url, what: "the source", application: "bench", replication: true });
    const socket = session.connection.stream;
    socket.removeAllListeners("data");
    let bytes = 0;
    let lastAt = performance.now();
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      // A keepalive alone is not the backlog.
      if (chunk.length > 64) lastAt = performance.now();
    });
    const sql = `START_REPLICATION SLOT ${quoteName(slot)} LOGICAL 0/0 ("proto_version" '4', "publication_names" '${quoteName(slot)}', "messages" 'true', "streaming" 'on')\0`;
    const message = Buffer.alloc(5 + Buffer.byteLength(sql), "Q");
    message.writeUInt32BE(4 + Buffer.byteLength(sql), 1);
    message.write(sql, 5);
    const startedAt = performance.now();
    socket.write(message);
    while (bytes < changes || performance.now() - lastAt < 1_500) await pause(50);
    const seconds = (lastAt - startedAt) / 1000;
    socket.destroy();
    return { changes, bytes, seconds };
  },

  /** pg-logical-replication, as its documentation shows it. */
  async npm({ url, slot, changes }) {
    const service = new LogicalReplicationService(
      { connectionString: url },
      { acknowledge: { auto: false, timeoutSeconds: 0 } },
    );
    const done = Promise.withResolvers<void>();
    let seen = 0;
    service.on("data", (_lsn: string, log: { tag: string }) => {
      if (log.tag === "insert" || log.tag === "update" || log.tag === "delete") seen += 1;
      else if (log.tag === "commit" && seen >= changes) done.resolve();
    });
    service.on("error", done.reject);
    const startedAt = performance.now();
    const subscribed = service.subscribe(new PgoutputPlugin({ protoVersion: 1, publicationNames: [slot] }), slot);
    subscribed.catch(done.reject);
    await done.promise;
    const seconds = (performance.now() - startedAt) / 1000;
    await service.destroy();
    return { changes: seen, bytes: 0, seconds };
  },
};

const [name = "", url = "", slot = "", changes = "0"] = process.argv.slice(2);
const reader = READERS[name];
if (reader === undefined) throw new Error(`There is no reader "${name}".`);
const cpuBefore = (await readCpuSeconds(process.pid)) ?? 0;
const reading = await reader({ url, slot, changes: Number(changes) });
const cpuSeconds = ((await readCpuSeconds(process.pid)) ?? 0) - cpuBefore;
process.stdout.write(`${JSON.stringify({ ...reading, cpuSeconds } satisfies Reading)}\n`, () => process.exit(0));
