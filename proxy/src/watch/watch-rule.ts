import { z } from "zod";
import { offOr } from "../routes/off-or.ts";
import { faultKinds, type FaultKind } from "./fault-kinds.ts";

/** What a candidate is held to. */
export type WatchRule = {
  readonly kinds: readonly FaultKind[];
  /** Whether answers of the 4xx class are errors. */
  readonly clientErrors: boolean;
  /** undefined: nobody minds how slow it is. */
  readonly slower: { readonly times: number; readonly ms: number } | undefined;
  readonly falseAlarmHours: number;
  readonly rollsBack: boolean;
};

const errors = z
  .strictObject({
    worseBy: z
      .number()
      .min(0.01)
      .max(50)
      .optional()
      .describe(
        "Percentage points by which the candidate may fail more often than the monolith, at least a third of its rate. 0.1 when absent.",
      ),
    goodWithin: z
      .number()
      .min(0.02)
      .max(50)
      .optional()
      .describe("Percentage points within which it must be shown to lie to count as good. 0.5 when absent."),
    clientErrors: z.boolean().optional().describe("Count 4xx answers as errors too."),
  })
  .describe("Errors: answers of the 5xx class, and upstreams without a whole answer.");

const latency = z
  .strictObject({
    times: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .describe("How many times as long as with the monolith it may take. 1.5 when absent."),
    ms: z.number().min(0).max(60_000).optional().describe("At least so many milliseconds more. 10 when absent."),
  })
  .describe("What counts as slow.");

/** `watch` of a route: on by default in stage canary, `false` switches it off. */
export const watchRule = offOr(
  z.strictObject({
    errors: errors.optional(),
    latency: offOr(latency).optional(),
    falseAlarmHours: z
      .number()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe("On average at most one false alarm in so many hours of canary. 250 when absent."),
    act: z
      .enum(["roll back", "report"])
      .optional()
      .describe("What a bad verdict does: sends the route back to the monolith, or only says so."),
  }),
).describe("How the candidate of a canary is judged against the monolith; false: not at all.");

export type WatchEntry = z.output<typeof watchRule>;

/** The rule of a route, with what it does not say filled in. undefined: it is not watched. */
export function toWatchRule(entry: WatchEntry | undefined): WatchRule | undefined {
  if (entry === false) return undefined;
  const { errors: { worseBy = 0.1, goodWithin = 0.5, clientErrors = false } = {}, latency: slow, act } = entry ?? {};
  return Object.freeze({
    kinds: faultKinds(worseBy / 100, Math.max(goodWithin, 2 * worseBy) / 100, slow !== false),
    clientErrors,
    slower: slow === false ? undefined : { times: slow?.times ?? 1.5, ms: slow?.ms ?? 10 },
    falseAlarmHours: entry?.falseAlarmHours ?? 250,
    rollsBack: act !== "report",
  });
}
