import { z } from "zod";
import { offOr } from "../routes/off-or.ts";

/** When a breaker opens, for how long, and how it finds out that the upstream is back. Times in milliseconds. */
export type BreakerRule = {
  /** Requests in a row without an answer. */
  readonly failuresInARow: number;
  /** Or: of at least so many requests within ten seconds, this share (0 to 1) without an answer. */
  readonly requests: number;
  readonly failureShare: number;
  readonly openMs: number;
  readonly openAtMostMs: number;
  /** Of the requests that come while half open, the share (0 to 1) that is sent to see. At least one a second. */
  readonly probeShare: number;
  /** So many probes in a row answered close it. */
  readonly closeAfter: number;
};

/** `breaker` of a service. Services have one unless it is `false`; the monolith has one only where it is written down. */
export const breakerRule = offOr(
  z.strictObject({
    failuresInARow: z.number().int().min(1).max(1_000).optional().describe("Without an answer. 5 when absent."),
    requests: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe("Beneath so many requests in ten seconds no share is looked at. 20 when absent."),
    failurePercent: z.number().min(1).max(100).optional().describe("Of these, without an answer. 50 when absent."),
    openSeconds: z
      .number()
      .min(0.1)
      .max(600)
      .optional()
      .describe("How long nothing is sent at first; doubled each time. 1 when absent."),
    openAtMostSeconds: z.number().min(0.1).max(3_600).optional().describe("30 when absent."),
    probePercent: z
      .number()
      .min(0.01)
      .max(100)
      .optional()
      .describe("Share of requests that are sent to see whether it is back, at least one a second. 1 when absent."),
    closeAfter: z.number().int().min(1).max(1_000).optional().describe("So many answered probes. 3 when absent."),
  }),
).describe("Stops asking a service that does not answer; false: never.");

/** The rule of a service. undefined: it is always asked. */
export function toBreakerRule(
  entry: z.output<typeof breakerRule> | undefined,
  isMonolith: boolean,
): BreakerRule | undefined {
  if (entry === false || (isMonolith && entry === undefined)) return undefined;
  const { failuresInARow = 5, requests = 20, failurePercent = 50, closeAfter = 3 } = entry ?? {};
  const { openSeconds = 1, openAtMostSeconds = 30, probePercent = 1 } = entry ?? {};
  return Object.freeze({
    failuresInARow,
    requests,
    failureShare: failurePercent / 100,
    openMs: openSeconds * 1000,
    openAtMostMs: Math.max(openSeconds, openAtMostSeconds) * 1000,
    probeShare: probePercent / 100,
    closeAfter,
  });
}
