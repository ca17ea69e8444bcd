import { z } from "zod";
import { upstreamUrl } from "./upstream-url.ts";

// What a service of the routes file may say about its instances. What needs more than one field at a time is checked in `pool-plan.ts`.

const seconds = z.number().positive().max(86_400);
const scheme = z.enum(["http", "https"]).default("http").describe("How the instances found are spoken to.");
const hostName = z.string().regex(/^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?$/, "not a host name");

const dns = z.strictObject({
  srv: hostName.optional().describe("A name with SRV records; they carry the ports, priorities and weights."),
  host: hostName.optional().describe("A name with A or AAAA records; needs a port."),
  port: z.number().int().min(1).max(65_535).optional(),
  scheme,
  server: z
    .string()
    .regex(/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:]+\])(:\d{1,5})?$/, "a DNS server is an address with an optional port")
    .optional()
    .describe("Who is asked; the system's own servers when absent."),
  everySeconds: seconds.default(30).describe("The longest time between two questions; a shorter TTL is obeyed."),
  atLeastSeconds: seconds.default(1).describe("The shortest time between two questions, whatever the TTL says."),
});

const consul = z.strictObject({
  service: z.string().min(1).max(256),
  url: upstreamUrl
    .default("http://127.0.0.1:8500")
    .describe("The agent. Its token is CONSUL_HTTP_TOKEN, never in a file."),
  tag: z.string().min(1).max(256).optional().describe("Only instances with this tag."),
  datacenter: z.string().min(1).max(256).optional(),
  scheme,
});

const discovery = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe("A YAML or JSON list of addresses, followed. Relative to the routes file."),
    dns: dns.optional(),
    consul: consul.optional(),
  })
  .describe("Where the instances are found: one of file, dns and consul. While that fails, the last good list stays.");

const health = z
  .strictObject({
    path: z.string().regex(/^\/[\x21-\x7e]*$/, "a path begins with a slash"),
    everySeconds: seconds.default(5),
    withinSeconds: seconds.default(1).describe("No answer by then is a failed check."),
    healthyAfter: z.number().int().min(1).max(100).default(2).describe("So many passed checks bring an instance back."),
    unhealthyAfter: z.number().int().min(1).max(100).default(3).describe("So many failed checks take it out."),
  })
  .describe("GET this path of every instance; an answer from 200 to 299 passes.");

const ejection = z
  .strictObject({
    failures: z.number().int().min(1).max(1_000).default(5).describe("So many requests in a row without an answer."),
    seconds: seconds.default(10).describe("How long the first time; then two, three, ... times as long."),
    atMostSeconds: seconds.default(300),
    atMostPercent: z
      .number()
      .min(0)
      .max(100)
      .default(50)
      .describe("Of the instances. One of two or more always can, the last never."),
  })
  .describe("Leaves an instance out that does not answer customers.");

/** The fields of a service that say where it is. */
export const serviceFields = {
  url: upstreamUrl
    .optional()
    .describe("The address; beside `discovery`, the address as long as nothing has been found."),
  instances: z.array(upstreamUrl).min(1).max(1_000).optional().describe("Several addresses instead of `url`."),
  discovery: discovery.optional(),
  health: health.optional(),
  ejection: z
    .union([z.literal(false), ejection])
    .optional()
    .describe("On for several instances; false switches it off."),
};

export type ServiceFields = { [Name in keyof typeof serviceFields]?: z.output<(typeof serviceFields)[Name]> };
export type DiscoveryFields = z.output<typeof discovery>;

/** What is in force for several instances that say nothing about it. */
export const DEFAULT_EJECTION = ejection.parse({});
