import { toShadowRules, type ShadowRules } from "@strangler/proxy";
import { makeHarmless } from "./harmless.ts";
import { makeRegressions } from "./regressions.ts";
import { createChance, type Chance } from "./seeded.ts";
import { makeEntries, type WireAnswer } from "./world.ts";

/** One side's answer to a question about the entry `id`; noise comes from `chance`. */
export type Side = (id: number, chance: Chance) => WireAnswer;

export type Case = {
  name: string;
  /** The fields in which the fault shows; undefined for a difference that means nothing. */
  expected: RegExp | undefined;
  control: Side;
  candidate: Side;
};

export const ENTRIES = 40;

/** What the owner of these routes would write down: two lists without an order. The same for every case. */
export const RULES: ShadowRules = toShadowRules({
  lists: [{ path: "/tags" }, { path: "/variants", key: "sku" }],
});

/** 200 regressions and 200 harmless differences, made from one seed. */
export function makeCases(seed: number): { regressions: Case[]; harmless: Case[] } {
  const chance = createChance(seed);
  const entries = makeEntries(chance, ENTRIES);
  return { regressions: makeRegressions(chance, entries), harmless: makeHarmless(entries) };
}
