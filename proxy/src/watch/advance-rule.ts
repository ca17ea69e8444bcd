import { z } from "zod";
import type { WatchEntry } from "./watch-rule.ts";

/** How a canary goes on by itself. */
export type AdvanceRule = {
  /** Shares in percent, rising. */
  readonly steps: readonly number[];
  /** Each step is watched for at least so long, by at least so many requests to the candidate. */
  readonly everyMinutes: number;
  readonly minimumRequests: number;
  readonly gates: { readonly errorPercent: number | undefined; readonly p95Ms: number | undefined };
  /** Whether stage service follows the last step. */
  readonly thenService: boolean;
};

/** `autoAdvance` of a route. Without it, nothing goes forward without a person. */
export const advanceRule = z
  .strictObject({
    steps: z
      .array(z.number().min(0.01).max(100).multipleOf(0.01))
      .min(1)
      .refine(isRising, "the steps rise: 1, 10, 50, 100")
      .optional()
      .describe("Shares of customers in percent, from step to step. 1, 10, 50, 100 when absent."),
    everyMinutes: z
      .number()
      .min(0)
      .max(10_080)
      .optional()
      .describe("How long each step is watched at least. 10 when absent."),
    minimumRequests: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe("How many requests the candidate must have had in a step. 500 when absent."),
    gates: z
      .strictObject({
        errorPercent: z.number().min(0).max(100).optional().describe("The candidate fails no more often than this."),
        p95Ms: z.number().min(0).optional().describe("Its 95th percentile takes no longer than this."),
      })
      .optional()
      .describe("What has to hold besides the verdict."),
    thenService: z.boolean().optional().describe("After the last step, go on to stage service. No when absent."),
  })
  .describe(
    "Raises the share of a canary step by step, only after a good verdict; waits while there is too little traffic.",
  );

export type AdvanceEntry = z.output<typeof advanceRule>;

/** The rule with what it does not say filled in. */
export function toAdvanceRule(entry: AdvanceEntry | undefined): AdvanceRule | undefined {
  if (entry === undefined) return undefined;
  const { steps = [1, 10, 50, 100], everyMinutes = 10, minimumRequests = 500, gates, thenService = false } = entry;
  return Object.freeze({
    steps,
    everyMinutes,
    minimumRequests,
    gates: { errorPercent: gates?.errorPercent, p95Ms: gates?.p95Ms },
    thenService,
  });
}

/** What speaks against the rules of a route that are fine by themselves. */
export function findAdvanceProblem(
  id: string,
  watch: WatchEntry | undefined,
  autoAdvance: AdvanceEntry | undefined,
): { reason: string; suggestion: string } | undefined {
  if (autoAdvance === undefined || watch !== false) return undefined;
  return {
    reason: `route "${id}" would never go on: it waits for a good verdict, and its watch is off.`,
    suggestion: `Take "watch: false" out, or autoAdvance.`,
  };
}

// --- internal ---

function isRising(steps: readonly number[]): boolean {
  return steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0));
}
