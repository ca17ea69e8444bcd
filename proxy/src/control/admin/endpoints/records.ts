import { z } from "zod";
import type { Control } from "../../control.ts";
import { auditAnswer, cleared, edgeReport, mismatches, replicasAnswer, shadowReport } from "../answers.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import { flag } from "./routes.ts";

/** What has been recorded: changes, replicas, traffic, verdicts, differences. */
export function recordEndpoints(control: Control): Endpoint[] {
  return [
    defineEndpoint({
      method: "GET",
      path: "/audit",
      needs: "viewer",
      summary: "The audit log, newest first, and whether its chain is unbroken",
      query: z.object({
        before: z.coerce.number().int().min(1).optional().describe("Only entries with a smaller number."),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        verify: flag.describe("Follow the chain now, instead of trusting a verdict of the last ten seconds."),
      }),
      answer: auditAnswer,
      handle: async ({ query: { before, limit, verify } }) => {
        const { entries, more } = await control.audit({ before, limit });
        const { end, faults } = await control.verifyAudit(verify);
        return { json: { entries, more, verified: faults.length === 0, end, faults } };
      },
    }),
    defineEndpoint({
      method: "GET",
      path: "/replicas",
      needs: "viewer",
      summary: "Which routes are in force at every replica that follows this store",
      answer: replicasAnswer,
      handle: async () => ({ json: await control.replicas() }),
    }),
    defineEndpoint({
      method: "GET",
      path: "/reports",
      needs: "viewer",
      summary: "What the workers of this replica have counted, added up",
      answer: edgeReport,
      handle: async () => ({ json: await control.edges() }),
    }),
    defineEndpoint({
      method: "GET",
      path: "/watch",
      needs: "viewer",
      summary: "How the canaries of this replica are judged",
      answer: z.looseObject({ at: z.iso.datetime(), routes: z.array(z.looseObject({ route: z.string() })) }),
      handle: async () => ({ json: control.watch() }),
    }),
    defineEndpoint({
      method: "GET",
      path: "/shadow/report",
      needs: "viewer",
      summary: "Where the two sides' answers differ, field by field: real or noise",
      answer: shadowReport,
      handle: async () => ({ json: await control.shadow() }),
    }),
    defineEndpoint({
      method: "GET",
      path: "/shadow/mismatches",
      needs: "viewer",
      summary: "The newest differences between the two sides' answers",
      answer: mismatches,
      handle: async () => ({ json: await control.mismatches() }),
    }),
    defineEndpoint({
      method: "DELETE",
      path: "/shadow/mismatches",
      needs: "operator",
      summary: "Forget the differences, and what they have shown",
      answer: cleared,
      handle: async () => ({ json: { cleared: await control.clearMismatches() } }),
    }),
  ];
}
