import { z } from "zod";

// The `shadow` field of a route: what its two answers are compared by. Everything has a default; most routes need none of it.

const SAFE = ["GET", "HEAD"] as const;
const METHODS = [...SAFE, "POST", "PUT", "PATCH", "DELETE"] as const;

const fieldName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "not a header's name");
const place = z
  .string()
  .min(1)
  .describe("A JSON pointer as in /items/*/price; * is any one step, ** any number. Or header:NAME, line:N, body.");

export const shadowRule = z
  .strictObject({
    methods: z
      .array(z.enum(METHODS))
      .min(1)
      .optional()
      .describe("GET and HEAD unless said here. The candidate really executes what it is asked: a POST is done twice."),
    sample: z.number().min(0).max(100).optional().describe("Percent of the requests that are compared; 100."),
    noise: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe("Percent of the compared GET requests for which the monolith is asked a second time; 10. 0: never."),
    credentials: z
      .enum(["pass", "drop"])
      .optional()
      .describe("Whether the candidate gets the customer's Cookie and Authorization; pass."),
    headers: z.array(fieldName).optional().describe("Names of header fields to compare, instead of the default list."),
    ignore: z
      .array(
        z.strictObject({ path: place, reason: z.string().min(3, "say why, so that others can judge it") }),
        "a list of { path, reason }",
      )
      .optional()
      .describe("Places that may differ, each with the reason why."),
    lists: z
      .array(
        z.strictObject({
          path: place,
          key: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
        }),
      )
      .optional()
      .describe("Lists whose order does not count. With `key` (id, or product/id), entries are paired by it."),
    numbers: z
      .strictObject({ absolute: z.number().min(0).optional(), relative: z.number().min(0).max(1).optional() })
      .optional()
      .describe("How far two numbers may be apart. Integers: 0; fractions: 1e-12 of the larger one."),
    dates: z
      .strictObject({ withinMs: z.number().min(0), paths: z.array(place).min(1).optional() })
      .optional()
      .describe("Texts that are instants (RFC 3339, HTTP dates) are compared as such, everywhere or at `paths`."),
    html: z
      .strictObject({
        compare: z.enum(["structure", "text"]).optional(),
        scripts: z.enum(["compare", "ignore"]).optional(),
        attributes: z
          .strictObject({ ignore: z.array(z.string().min(1)) })
          .optional()
          .describe("Names of attributes that do not count, such as nonce."),
      })
      .optional()
      .describe("structure: elements, attributes and text. text: only what a visitor reads."),
    samples: z
      .strictObject({ reveal: z.array(place).optional(), hide: z.array(place).optional() })
      .optional()
      .describe(
        "Places whose values are kept as they are although they look personal, and places that are hidden too.",
      ),
  })
  .describe("What the answers of monolith and candidate are compared by in stage shadow.");

export type ShadowRule = z.output<typeof shadowRule>;

/** A route's rules with every default filled in. Plain data. */
export type ShadowRules = {
  readonly methods: readonly string[];
  /** Of the requests, 0 to 1. */
  readonly sample: number;
  /** Of the compared requests, 0 to 1. */
  readonly noise: number;
  readonly credentials: "pass" | "drop";
  /** In small letters. */
  readonly headers: readonly string[];
  readonly ignore: readonly { readonly path: string; readonly reason: string }[];
  /** Without keys, entries are paired by being equal. */
  readonly lists: readonly { readonly path: string; readonly keys: readonly string[] }[];
  readonly numbers: { readonly absolute: number; readonly relative: number };
  readonly dates: { readonly withinMs: number; readonly paths: readonly string[] } | null;
  readonly html: {
    readonly compare: "structure" | "text";
    readonly scripts: "compare" | "ignore";
    readonly ignoreAttributes: readonly string[];
  };
  readonly samples: { readonly reveal: readonly string[]; readonly hide: readonly string[] };
};

/**
 * Header fields that change what a client does with the answer. Left out are those that every server says in its own way
 * (Server, Date, ETag, Vary, Content-Length) and those of a connection.
 */
export const COMPARED_HEADERS: readonly string[] = [
  "content-type",
  "location",
  "set-cookie",
  "cache-control",
  "content-language",
  "content-disposition",
  "www-authenticate",
  "allow",
];

/** Fills in the defaults. */
export function toShadowRules(rule: ShadowRule = {}): ShadowRules {
  return {
    methods: rule.methods ?? SAFE,
    sample: (rule.sample ?? 100) / 100,
    noise: (rule.noise ?? 10) / 100,
    credentials: rule.credentials ?? "pass",
    headers: rule.headers?.map((name) => name.toLowerCase()) ?? COMPARED_HEADERS,
    ignore: rule.ignore ?? [],
    lists: (rule.lists ?? []).map(({ path, key }) => ({ path, keys: key === undefined ? [] : [key].flat() })),
    numbers: { absolute: rule.numbers?.absolute ?? 0, relative: rule.numbers?.relative ?? 1e-12 },
    dates: rule.dates === undefined ? null : { withinMs: rule.dates.withinMs, paths: rule.dates.paths ?? [] },
    html: {
      compare: rule.html?.compare ?? "structure",
      scripts: rule.html?.scripts ?? "compare",
      ignoreAttributes: rule.html?.attributes?.ignore ?? [],
    },
    samples: { reveal: rule.samples?.reveal ?? [], hide: rule.samples?.hide ?? [] },
  };
}

/** The rules of a route that says nothing. */
export const DEFAULT_RULES: ShadowRules = toShadowRules();

/** Whether asking twice changes nothing (RFC 9110 section 9.2.1). */
export function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
