import { compareAnswers, createLedgers, examine, type Answer } from "@strangler/proxy";
import { ENTRIES, RULES, type Case } from "./cases.ts";
import { countPlainly, createPlainCounts, reportPlainly } from "./plain-rule.ts";
import { createChance } from "./seeded.ts";
import type { WireAnswer } from "./world.ts";

export type Judged = {
  name: string;
  /** Fields that our report calls real, and those that the plain rule reports. */
  ours: string[];
  plain: string[];
  /** Of ours and plain: those that are not where the fault is. */
  oursElsewhere: string[];
  plainElsewhere: string[];
  oursFound: boolean;
  plainFound: boolean;
  /** Questions beyond the customer's own, put to each side. */
  asked: { control: number; candidate: number };
};

/** Puts `samples` requests of one case to both judges: to ours through the comparison and the evidence that a proxy keeps. */
export async function judgeCase(given: Case, samples: number, seed: number): Promise<Judged> {
  const chance = createChance(seed);
  const ledger = createLedgers({ fields: 200, samples: 10 }).of(given.name, "service", RULES);
  const plain = createPlainCounts();
  const asked = { control: 0, candidate: 0 };
  for (let request = 0; request < samples; request += 1) {
    const id = 1 + (request % ENTRIES);
    const control = given.control(id, chance);
    countPlainly(plain, control, given.control(id, chance), given.candidate(id, chance));
    const { lookAgain } = await examine(
      {
        control: answerOf(control),
        askCandidate: async () => {
          asked.candidate += 1;
          return answerOf(given.candidate(id, chance));
        },
        askControl: async () => {
          asked.control += 1;
          return answerOf(given.control(id, chance));
        },
      },
      ledger,
      RULES,
      { compare: compareAnswers, chance: chance.next, pause: async () => undefined },
    );
    await lookAgain?.();
  }
  const real = ledger.report().fields.filter(({ verdict }) => verdict === "real");
  const ours = [...new Set(real.map(({ field }) => field))];
  const theirs = reportPlainly(plain);
  const isExpected = (field: string) => given.expected?.test(field.replace(/\.(?:size|order)$/, "")) === true;
  return {
    name: given.name,
    ours,
    plain: theirs,
    oursElsewhere: ours.filter((field) => !isExpected(field)),
    plainElsewhere: theirs.filter((field) => !isExpected(field)),
    oursFound: ours.some(isExpected),
    plainFound: theirs.some(isExpected),
    asked,
  };
}

// --- internal ---

function answerOf({ status, headers, body }: WireAnswer): Answer {
  const fields = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()]));
  return { status, contentType: fields["content-type"]?.[0], headers: fields, body };
}
