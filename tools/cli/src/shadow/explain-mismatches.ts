/**
 * A shadowed answer may differ for an honest reason: the row changed a moment ago and the stream had not applied it yet. Such a
 * mismatch is gone when both sides are asked again after the stream has applied everything the source had committed by then. A
 * mismatch that stays is a fault of the service, of the stream's mapping, or of the data.
 *
 * While customers go on buying, the row may change again between the two new questions; so each mismatch is asked up to
 * `attempts` times, every time behind a newer position.
 */

export type AskedAgain = { equal: true } | { equal: false; difference: string };

export type Explanation<Mismatch> =
  | { mismatch: Mismatch; outcome: "explained"; attempts: number }
  | { mismatch: Mismatch; outcome: "unexplained"; attempts: number; difference: string };

export type ExplainOptions<Mismatch> = {
  mismatches: readonly Mismatch[];
  /** Reads the source's position and waits until the stream has applied it. */
  settle: () => Promise<void>;
  /** Asks both sides the mismatch's question again and compares their answers. */
  askAgain: (mismatch: Mismatch) => Promise<AskedAgain>;
  attempts?: number;
};

/** Asks about every mismatch again, in rounds: each round stands behind one newer position. Answers in the order of the question. */
export async function explainMismatches<Mismatch>({
  mismatches,
  settle,
  askAgain,
  attempts = 5,
}: ExplainOptions<Mismatch>): Promise<Explanation<Mismatch>[]> {
  let explanations: Explanation<Mismatch>[] = mismatches.map((mismatch) => unasked(mismatch));
  for (let attempt = 1; attempt <= attempts && explanations.some(isOpen); attempt += 1) {
    await settle();
    const round: Explanation<Mismatch>[] = [];
    for (const explanation of explanations) {
      round.push(
        isOpen(explanation) ? judge(explanation.mismatch, await askAgain(explanation.mismatch), attempt) : explanation,
      );
    }
    explanations = round;
  }
  return explanations;
}

// --- internal ---

function unasked<Mismatch>(mismatch: Mismatch): Explanation<Mismatch> {
  return { mismatch, outcome: "unexplained", attempts: 0, difference: "never asked" };
}

function isOpen<Mismatch>({ outcome }: Explanation<Mismatch>): boolean {
  return outcome === "unexplained";
}

function judge<Mismatch>(mismatch: Mismatch, answer: AskedAgain, attempts: number): Explanation<Mismatch> {
  return answer.equal
    ? { mismatch, outcome: "explained", attempts }
    : { mismatch, outcome: "unexplained", attempts, difference: answer.difference };
}
