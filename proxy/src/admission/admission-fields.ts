import { z } from "zod";

// What the routes file may say about who gets in. Times in the file are seconds.

// RFC 9110 section 5.6.2: what the name of a header or a cookie may consist of.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const headerName = z.string().regex(TOKEN, "not a header's name");
// What servers take for the caller's identity must not be spelt like what they take for something else.
const identityHeader = z
  .string()
  .regex(
    /^x-(?!forwarded-|strangler-|real-ip$|request-id$)[a-z0-9]+(?:-[a-z0-9]+){0,4}$/i,
    "an identity's header is x- and up to five words of letters and digits, with hyphens between them; x-forwarded-*, x-strangler-*, x-real-ip and x-request-id are taken",
  );
const claimPath = z.string().min(1).max(256);

const by = z.union(
  [
    z.enum(["address", "customer", "route"]),
    z.strictObject({ claim: claimPath }),
    z.strictObject({ header: headerName }),
  ],
  {
    error: "a limit is by address, customer, route, {claim: NAME} or {header: NAME}",
  },
);

const limitRule = z.strictObject({
  requests: z.number().int().min(1).max(1_000_000_000),
  perSeconds: z.number().int().min(1).max(86_400),
  by: by
    .default("address")
    .describe("Who shares one count. A request without that claim or header is counted by its address."),
});

/** The field `limit` of a route. */
export const limit = z
  .union([limitRule, z.array(limitRule).min(1).max(4)], {
    error: "a limit is {requests, perSeconds, by}, or a list of up to four",
  })
  .describe("How many requests are let through in a window of time. More are answered 429.");

/** The field `auth` of a route. */
export const auth = z
  .strictObject({
    roles: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("One of them must be among the token's roles, else 403."),
    optional: z.boolean().default(false).describe("A request without a token passes; one with a bad token never does."),
  })
  .describe("Only requests with a valid token (JWT) are passed on; others are answered 401.");

// Only signatures that are checked with public keys. "none" and HMAC are not to be had: a public key used as an HMAC secret is the
// oldest trick there is (RFC 8725 section 2.1).
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;

const jwks = z
  .strictObject({
    url: z
      .string()
      .refine(isSafeUrl, "keys are fetched over https, or over http from this machine")
      .optional()
      .describe("Where the public keys are fetched."),
    file: z.string().min(1).optional().describe("A file with them, followed. Relative to the routes file."),
    refreshSeconds: z.number().positive().max(86_400).default(300).describe("How often they are fetched anew."),
    cooldownSeconds: z
      .number()
      .min(0)
      .max(3_600)
      .default(30)
      .describe("An unknown key makes them be fetched at once, but not within this time of the last."),
  })
  .refine(({ url, file }) => (url === undefined) !== (file === undefined), "keys come from either a url or a file");

/** The file's `jwt`. */
export const jwt = z
  .strictObject({
    issuer: z.string().min(1),
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    jwks,
    algorithms: z.array(z.enum(ALGORITHMS)).min(1).default(["RS256", "PS256", "ES256", "EdDSA"]),
    clockToleranceSeconds: z.number().min(0).max(300).default(5),
    rolesClaim: claimPath
      .default("roles")
      .describe("Where the roles are: a claim, or a path such as realm_access.roles."),
    cookie: z
      .string()
      .regex(TOKEN, "not a cookie's name")
      .optional()
      .describe("Where the token is if there is no Authorization."),
    headers: z
      .record(identityHeader, claimPath)
      .default({})
      .describe(
        "Request headers for upstreams, from claims. Whatever a client sends under these names is dropped on every route.",
      ),
    authorization: z.enum(["pass", "strip"]).default("pass").describe("Whether upstreams get the token itself."),
  })
  .describe("How tokens are verified for the routes that have `auth`.");

export type LimitFields = z.output<typeof limit>;
export type AuthFields = z.output<typeof auth>;
export type JwtFields = z.output<typeof jwt>;

// --- internal ---

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  return username === "" && (protocol === "https:" || (protocol === "http:" && LOOPBACK.has(hostname)));
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
