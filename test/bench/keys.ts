// A million customers: is the share met, does nobody move back when it is raised, and do nginx and HAProxy, asked for real, see
// every one of them on the same side? BENCH_KEYS is another number of customers for each kind of key.
import { BUCKETS, bucketOf, HASHES, sideOf, type HashName } from "@strangler/proxy";
import { findEngine } from "@strangler/test-kit";
import { KEY_KINDS, nameOf, requestOf, type KeyKind } from "./keys/customers.ts";
import { JUDGES, type Judge } from "./keys/engines.ts";
import { askMany } from "./keys/pipeline.ts";
import type { BenchOptions, BenchResult } from "./result.ts";

const CUSTOMERS = Number(process.env["BENCH_KEYS"] ?? 1_000_000);
const SHARES = [100, 500, 1_000, 2_500, 5_000] as const;
const SALT = "items";
const LIMIT_POINTS = 0.2;

export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const shares = KEY_KINDS.flatMap((kind) =>
    HASHES.map((hash) => {
      progress(`${hash} over ${CUSTOMERS} customers by ${kind}`);
      return measureShares(kind, hash);
    }),
  );
  const parity: Parity[] = [];
  for (const judge of JUDGES) {
    if (findEngine(judge.name) === undefined) progress(`${judge.name} is not here, and is not asked`);
    else parity.push(...(await compareWith(judge, progress)));
  }
  return toResult(shares, parity);
}

// --- internal ---

type Shares = {
  kind: KeyKind;
  hash: HashName;
  /** By share in percent: how many percentage points the customers' true share is off. */
  offPoints: Record<string, number>;
  /** Customers whom a raise has taken back to the monolith. */
  movedBack: number;
  nsPerKey: number;
};

type Parity = { engine: string; kind: KeyKind; asked: number; different: number; perSecond: number };

function measureShares(kind: KeyKind, hash: HashName): Shares {
  const inside = SHARES.map(() => 0);
  let movedBack = 0;
  let hashingMs = 0;
  for (let number = 0; number < CUSTOMERS; number += 1) {
    const name = nameOf(kind, number);
    const startedAt = performance.now();
    const sides = SHARES.map((share) => sideOf(hash, SALT, name, share));
    hashingMs += performance.now() - startedAt;
    for (const [index, side] of sides.entries()) {
      if (side === "service") inside[index] = (inside[index] ?? 0) + 1;
      else if (sides[index - 1] === "service") movedBack += 1;
    }
  }
  const off = SHARES.map((share, index) => {
    const percent = ((inside[index] ?? 0) / CUSTOMERS) * 100;
    return [String(share / 100), round(percent - share / 100, 4)] as const;
  });
  const nsPerKey = Math.round((hashingMs * 1e6) / CUSTOMERS / SHARES.length);
  return { kind, hash, offPoints: Object.fromEntries(off), movedBack, nsPerKey };
}

async function compareWith(judge: Judge, progress: BenchOptions["progress"]): Promise<Parity[]> {
  const engine = await judge.start(SALT, SHARES);
  const parities: Parity[] = [];
  try {
    for (const kind of KEY_KINDS) {
      progress(`asking ${judge.name} for ${CUSTOMERS} customers by ${kind}`);
      let different = 0;
      const startedAt = performance.now();
      await askMany(
        engine.port,
        CUSTOMERS,
        (number) => requestOf(kind, nameOf(kind, number)),
        (number, body) => {
          const bucket = bucketOf(judge.hash, SALT, nameOf(kind, number));
          if (body !== judge.expected(bucket, SHARES)) different += 1;
        },
      );
      const perSecond = Math.round((CUSTOMERS * 1_000) / (performance.now() - startedAt));
      parities.push({ engine: judge.name, kind, asked: CUSTOMERS, different, perSecond });
    }
  } finally {
    await engine.close();
  }
  return parities;
}

function toResult(shares: readonly Shares[], parity: readonly Parity[]): BenchResult {
  const worst = Math.max(...shares.flatMap(({ offPoints }) => Object.values(offPoints).map(Math.abs)));
  const movedBack = shares.reduce((sum, each) => sum + each.movedBack, 0);
  const asked = parity.reduce((sum, each) => sum + each.asked, 0);
  const different = parity.reduce((sum, each) => sum + each.different, 0);
  const heading = [
    "key",
    "hash",
    ...SHARES.map((share) => `off at ${share / 100} %`),
    "moved back",
    "ns",
    "asked",
    "different",
  ];
  const rows = shares.map(({ kind, hash, offPoints, movedBack: back, nsPerKey }) => {
    const judge = JUDGES.find((each) => each.hash === hash)?.name;
    const found = parity.find((each) => each.engine === judge && each.kind === kind);
    const seen = found === undefined ? ["not run", "-"] : [`${found.asked} ${found.engine}`, found.different];
    return [kind, hash, ...Object.values(offPoints), back, nsPerKey, ...seen];
  });
  return {
    name: "keys",
    ratios: { worst_off_points: worst, limit_points: LIMIT_POINTS, moved_back: movedBack, different_sides: different },
    table: [heading, ...rows],
    notes: [
      `${CUSTOMERS} customers for each kind of key; the worst share is ${worst} percentage points off (limit ${LIMIT_POINTS}), ${movedBack} moved back.`,
      `${asked} customers were asked for at real engines; ${different} were seen on another side or in another bucket.`,
      `nginx tells the side at every share, HAProxy the bucket of ${BUCKETS} itself. The ns are those of one decision.`,
      "Minted names are what the proxy gives to whoever has none, signature included: they count from the first request.",
    ],
    figures: { customers: CUSTOMERS, shares, parity },
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
