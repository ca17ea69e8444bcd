// How a row's text becomes a number of 128 bits. The sum over a chunk is two sums, each of one 64-bit half of every row's number, as
// exact numerics: they do not depend on the order of the rows, can be added up over parts, and, unlike an exclusive or, do not forget
// a row that is there twice. A row's text holds its key, so no two rows of a side give the same number, and a change in one row cannot
// be undone by the opposite change in another: the number's bits have nothing to do with the value's. Two sides that differ give equal
// sums with a probability of 2^-128, as far as the function is as good as a random one.
//
//   seeded    hashtextextended (hashfn.c: Bob Jenkins' lookup3 of 64 bits) under two seeds. The seeds are drawn anew for each
//             verification: whoever writes rows cannot know what they will add up to, and what one verification might overlook the next
//             will not. Several times as fast as the others, which is why it comes first. Its result depends on the byte order of the
//             machine, so both servers are asked for a proof first.
//   md5       the same on every server; not to be had where OpenSSL runs in FIPS mode.
//   sha256    the first 128 bits of it.

import { randomBytes } from "node:crypto";
import type { Session } from "../postgres/session.ts";

export type SumFormula = {
  name: "seeded" | "md5" | "sha256";
  /** SQL for what is made of a text first; done once for each row. */
  digest: (text: string) => string;
  /** SQL for both halves of the number, from the SQL of the digest. */
  halves: (digest: string) => readonly [string, string];
};

/** The quickest formula in which both servers give the same. Undefined when there is none, which no two servers are known to do. */
export async function chooseFormula(
  source: Session,
  target: Session,
  { sameEncoding, seeds = drawSeeds() }: { sameEncoding: boolean; seeds?: Seeds },
): Promise<SumFormula | undefined> {
  for (const formula of formulas(seeds, sameEncoding)) {
    const [here, there] = await Promise.all([source, target].map((session) => prove(session, formula)));
    if (here !== undefined && here === there) return formula;
  }
  return undefined;
}

/** Two 64-bit numbers, as SQL writes them. */
export type Seeds = readonly [string, string];

export function drawSeeds(): Seeds {
  const draw = () => String(randomBytes(8).readBigInt64BE());
  return [draw(), draw()];
}

/** Whether both write their texts in the same bytes. */
export async function haveSameEncoding(source: Session, target: Session): Promise<boolean> {
  const [here, there] = await Promise.all(
    [source, target].map(async (session) => {
      const { rows } = await session.query<{ encoding: string }>(
        "SELECT pg_catalog.current_setting('server_encoding') AS encoding",
      );
      return rows[0]?.encoding;
    }),
  );
  return here === there;
}

// --- internal ---

function formulas([one, other]: Seeds, sameEncoding: boolean): SumFormula[] {
  const under = (seed: string) => (text: string) =>
    `pg_catalog.hashtextextended(${text} COLLATE "C", '${seed}'::pg_catalog.int8)`;
  const bytes = (text: string) => `pg_catalog.convert_to(${text}, 'UTF8')`;
  const ofHex = (hex: string) => [hexHalf(hex, 1), hexHalf(hex, 17)] as const;
  const seeded: SumFormula = {
    name: "seeded",
    digest: (text) => text,
    halves: (text) => [under(one)(text), under(other)(text)],
  };
  return [
    // Its bytes are the server's own.
    ...(sameEncoding ? [seeded] : []),
    { name: "md5", digest: (text) => `pg_catalog.md5(${bytes(text)})`, halves: ofHex },
    { name: "sha256", digest: (text) => `pg_catalog.encode(pg_catalog.sha256(${bytes(text)}), 'hex')`, halves: ofHex },
  ];
}

function hexHalf(hex: string, from: number): string {
  return `('x' || pg_catalog.substr(${hex}, ${from}, 16))::pg_catalog.bit(64)::pg_catalog.int8`;
}

// Long enough for all of a function's turns.
const PROOF = "pg_catalog.repeat('a parcel of 1.00, ', 3)";

async function prove(session: Session, { digest, halves }: SumFormula): Promise<string | undefined> {
  const [one, other] = halves(digest(PROOF));
  try {
    const { rows } = await session.query<{ proof: string }>(`SELECT ${one} || ' ' || ${other} AS proof`);
    return rows[0]?.proof;
  } catch {
    // A function that the server does not lend.
    return undefined;
  }
}
