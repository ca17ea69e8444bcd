import { HttpProblem } from "@strangler/platform";
import { z } from "zod";
import { STAGES } from "../../../routes/stages.ts";
import type { Control } from "../../control.ts";
import { changeAnswer, drained, explanation, routesAnswer } from "../answers.ts";
import { defineEndpoint, type Asked, type Endpoint } from "../endpoint.ts";

/** A word of a query string: `?dryRun`, `?dryRun=true`, `?dryRun=1`. */
export const flag = z
  .enum(["", "true", "1", "false", "0"])
  .default("false")
  .transform((word) => word === "" || word === "true" || word === "1");

const stageWish = z.strictObject({
  stage: z.enum(STAGES),
  percent: z.number().min(0).max(100).optional().describe("With canary; kept as it is when left out."),
  force: z.boolean().default(false).describe("Jump over stages that the route has never been in. Needs a reason."),
  reason: z.string().max(500).optional().describe("For the audit log."),
});

const dryRun = z.object({ dryRun: flag.describe("Say what would change, change nothing.") });

/** Routes: what is in force, what a change would do, the change itself, and why one request goes where it goes. */
export function routeEndpoints(control: Control): Endpoint[] {
  async function setStage({
    params,
    query,
    body,
    ifMatch,
    actor,
  }: Asked<z.output<typeof dryRun>, z.output<typeof stageWish>>) {
    if (!query.dryRun && ifMatch === undefined) throw new HttpProblem(428, "Precondition Required", NEEDS_VERSION);
    const { stage, percent, force, reason } = body;
    const wish = { selectors: [exactly(params["id"] ?? "")], stage, percent, force };
    const options = { dryRun: query.dryRun, ifVersion: ifMatch === "*" ? undefined : ifMatch };
    const { before, after, effects, entry } = await control.change(wish, actor, reason, options);
    return {
      headers: { etag: `"${query.dryRun ? before : after}"` },
      json: { before, after, dryRun: query.dryRun, effects, entry: entry ?? null },
    };
  }

  const setStageOptions = {
    path: "/routes/{id}/stage",
    needs: "operator",
    summary: "Set a route's stage; needs If-Match with the version it is based on",
    query: dryRun,
    body: stageWish,
    answer: changeAnswer,
    problems: {
      404: "There is no such route.",
      409: "The step is not allowed: a stage would be jumped over, or a percent is missing or out of place.",
      412: "The routes have changed meanwhile.",
      428: "If-Match is missing.",
    },
    handle: setStage,
  } as const;

  return [
    defineEndpoint({
      method: "GET",
      path: "/routes",
      needs: "viewer",
      summary: "Routes in force with their stages, and what has been counted on each side",
      answer: routesAnswer,
      handle: async () => {
        const report = await control.routes();
        return { headers: { etag: `"${report.version}"` }, json: report };
      },
    }),
    defineEndpoint({ method: "PUT", ...setStageOptions }),
    defineEndpoint({ method: "POST", ...setStageOptions }),
    defineEndpoint({
      method: "POST",
      path: "/routes/{id}/drain",
      needs: "operator",
      summary: "Close the route's WebSockets that are not on the side where new ones go",
      answer: drained,
      handle: async ({ params }) => ({ status: 202, json: { closing: await control.drain(params["id"] ?? "") } }),
    }),
    defineEndpoint({
      method: "GET",
      path: "/explain",
      needs: "viewer",
      summary: "Which rule decides about one request, and why",
      query: z.object({
        method: z
          .string()
          .regex(/^[A-Za-z]{1,20}$/)
          .default("GET"),
        target: z.string().max(8_192).startsWith("/").describe("Path and query, as sent."),
        customer: z.string().max(1_024).optional().describe("The value of the cookie that names the customer."),
        header: z
          .union([z.string(), z.array(z.string())])
          .default([])
          .transform((given) => [given].flat())
          .describe('Headers of the request, each "name: value".'),
        claim: z
          .union([z.string(), z.array(z.string())])
          .default([])
          .transform((given) => [given].flat())
          .describe('Claims of a verified token, each "name: value".'),
        address: z.string().max(64).optional().describe("The client's address."),
      }),
      answer: explanation,
      handle: async ({ query }) => {
        const headers = Object.fromEntries(query.header.map((text) => readField("header", text)));
        const claims = Object.fromEntries(query.claim.map((text) => readField("claim", text)));
        const { target, customer, address } = query;
        const method = query.method.toUpperCase();
        return { json: await control.explain({ method, target, customer, headers, claims, address }) };
      },
    }),
  ];
}

// --- internal ---

const NEEDS_VERSION =
  'Say which version this is based on: If-Match with the ETag of GET /routes, or If-Match: * for "whatever".';

/** An id is no pattern here: `*` would set many. */
function exactly(id: string): string {
  if (!id.includes("*")) return id;
  throw new HttpProblem(404, "Not Found", `No route is called "${id}".`);
}

function readField(what: "header" | "claim", text: string): [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1) throw new HttpProblem(400, "Bad Request", `"${text}" is no ${what}. Write it as "name: value".`);
  const name = text.slice(0, colon).trim();
  return [what === "header" ? name.toLowerCase() : name, text.slice(colon + 1).trim()];
}
