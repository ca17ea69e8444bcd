import { verifyStream } from "@strangler/cdc";
import { startCountingProxy } from "./counting-proxy.ts";
import { COLUMNS, type Stage } from "./stage.ts";

export type Speed = { copyMs: number; bothCopyMs: number; verifyMs: number };
export type Shipped = { bytes: number; textBytes: number };

/** The quiet table: as text to nowhere, on one server and on both at once, and verified; in turns. */
export async function measureSpeed({ plan, addresses, source, target }: Stage, rounds: number): Promise<Speed[]> {
  const speeds: Speed[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const copyMs = await time(() => source.query(COPY));
    const bothCopyMs = await time(() => Promise.all([source.query(COPY), target.query(COPY)]));
    const verifyMs = await time(async () => {
      const { outcome } = await verifyStream({ plan, addresses, table: "things" });
      if (outcome !== "equal") throw new Error(`The rows are equal, and the verification says: ${outcome}`);
    });
    speeds.push({ copyMs, bothCopyMs, verifyMs });
  }
  return speeds;
}

/** What one verification sends over the wire, on both sides and in both directions, beside the rows' text. */
export async function measureShipped({ plan, addresses, source }: Stage): Promise<Shipped> {
  const [here, there] = await Promise.all([startCountingProxy(addresses.source), startCountingProxy(addresses.target)]);
  const through = { source: here.url, capture: here.url, target: there.url, apply: there.url };
  await verifyStream({ plan, addresses: through, table: "things" });
  const bytes = here.bytes() + there.bytes();
  await Promise.all([here.close(), there.close()]);
  const { rows } = await source.query<{ bytes: string }>("SELECT sum(octet_length(t::text)) AS bytes FROM things AS t");
  return { bytes, textBytes: Number(rows[0]?.bytes) };
}

// --- internal ---

const COPY = `COPY (SELECT ${COLUMNS.join(", ")} FROM things) TO '/dev/null'`;

async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return Math.round(performance.now() - startedAt);
}
