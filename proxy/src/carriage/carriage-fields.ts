import { z } from "zod";
import { rewriteFields } from "../rewrite/rewrite-fields.ts";

// What a routes file may say about how requests are carried to an upstream, and their answers back.

const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    "an origin is http(s)://host or http(s)://host:port",
  );

const upgrade = z
  .union([z.boolean(), z.strictObject({ origins: z.array(origin).min(1) })])
  .describe(
    "Whether WebSockets may be opened; with `origins`, only by pages from there. As soon as one route says it, routes that say nothing have none.",
  );

/** The fields of a route. */
export const routeCarriageFields = {
  upgrade: upgrade.optional(),
  bodyBytes: z.number().int().min(0).optional().describe("The longest request body; a longer one is answered 413."),
  idempotencyKey: z
    .boolean()
    .optional()
    .describe("Whether a POST or PATCH with an Idempotency-Key may be sent again, because the upstreams honour it."),
  rewrite: rewriteFields.optional(),
};

/** The fields of a service. */
export const serviceCarriageFields = {
  host: z
    .enum(["preserve", "upstream"])
    .optional()
    .describe("The Host that the service gets: the customer's (as without this field), or that of its own address."),
  rewrite: rewriteFields.optional(),
};

/** Beside X-Forwarded-For, -Host and -Proto, which are always sent. */
export const forwardedField = z
  .strictObject({
    port: z.boolean().optional().describe("X-Forwarded-Port."),
    standard: z.boolean().optional().describe("Forwarded, as in RFC 7239."),
  })
  .describe("What else the upstreams are told about where a request comes from.");
