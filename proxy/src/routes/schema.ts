import { nearest } from "@strangler/platform";
import { z } from "zod";
import { auth, jwt, limit } from "../admission/admission-fields.ts";
import { customerFields, sticky } from "../customer/keys.ts";
import { override } from "../customer/override.ts";
import { ownWrites, streams } from "../own-writes/rule.ts";
import { serviceFields } from "../upstreams/service-fields.ts";
import { forwardedField, routeCarriageFields, serviceCarriageFields } from "../carriage/carriage-fields.ts";
import { breakerRule } from "../breaker/breaker-rule.ts";
import { drainMs } from "../upgrades/drain-rule.ts";
import { advanceRule } from "../watch/advance-rule.ts";
import { shadowRule } from "../shadow/shadow-rule.ts";
import { watchRule } from "../watch/watch-rule.ts";
import { conditionFields } from "./conditions.ts";
import { STAGES } from "./stages.ts";

const NAME = /^[a-z][a-z0-9-]*$/;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

const stage = z.enum(STAGES, { error: (issue) => notOneOf("stage", issue.input, STAGES) });

const nameRule = (what: string) => `a ${what} consists of small letters, digits and hyphens, and begins with a letter`;

const route = z
  .strictObject({
    id: z
      .string()
      .regex(NAME, nameRule("route's id"))
      .describe("Names the route in commands, counters and logs; also salts its canary."),
    match: z.strictObject({
      methods: z
        .array(z.enum(METHODS, { error: (issue) => notOneOf("method", issue.input, METHODS) }))
        .min(1, "at least one method, or leave methods out for all of them")
        .optional()
        .describe("The methods of the route; all of them when absent."),
      path: z
        .string()
        .describe(
          "/api/products (exactly), /api/products/:id (any one segment), /products/* (this path and all below).",
        ),
      ...conditionFields,
    }),
    service: z.string().describe("The service that the route moves to; a name of `services`."),
    stage: stage.describe("monolith, shadow, canary (with percent) or service."),
    percent: z
      .number()
      .min(0)
      .max(100)
      .multipleOf(0.01)
      .optional()
      .describe("With stage canary: the share of customers whom the service answers, in steps of 0.01."),
    ...customerFields,
    ownWrites: ownWrites.optional(),
    limit: limit.optional(),
    auth: auth.optional(),
    reached: stage.optional().describe("The furthest stage held so far. Written by `strangler route set`."),
    shadow: shadowRule.optional(),
    drainMs,
    ...routeCarriageFields,
    watch: watchRule.optional(),
    autoAdvance: advanceRule.optional(),
    fallback: z
      .boolean()
      .optional()
      .describe("Ask the monolith where the service does not answer and asking twice does no harm. Yes when absent."),
  })
  .describe("A slice of traffic and how far its migration is.");

/** plan/routes.yaml. Checks that need more than one value at a time are in `parse.ts`. */
export const routesSchema = z.strictObject({
  services: z
    .record(
      z.string().regex(NAME),
      z.strictObject({ ...serviceFields, ...serviceCarriageFields, breaker: breakerRule.optional() }),
      {
        error: ({ code }) => (code === "invalid_key" ? nameRule("service's name") : undefined),
      },
    )
    .describe("Where the monolith and the services listen. STRANGLER_UPSTREAM_<NAME> overrides an address."),
  sticky: sticky
    .optional()
    .describe("What names a customer. Customers without any of it get a cookie of the proxy's own."),
  override: override
    .optional()
    .describe("Where testers choose, by signed values: `always` the service, `never` the service."),
  streams: streams.optional(),
  jwt: jwt.optional(),
  forwarded: forwardedField.optional(),
  routes: z.array(route).describe("Requests that no route matches go to the monolith."),
});

export type RoutesDocument = z.output<typeof routesSchema>;
export type RouteEntry = RoutesDocument["routes"][number];

// --- internal ---

function notOneOf(what: string, value: unknown, known: readonly string[]): string {
  const guess = typeof value === "string" ? nearest(value, known) : undefined;
  const choice = guess === undefined ? `it is one of ${known.join(", ")}` : `did you mean "${guess}"`;
  return `${JSON.stringify(value) ?? "nothing"} is no ${what}: ${choice}`;
}
