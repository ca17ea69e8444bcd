import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";

/** What a route asks of a request beside method and path: a header field or a query parameter. */
export type Condition = {
  readonly where: "header" | "query";
  /** A header's name in small letters; a parameter's as it is. */
  readonly name: string;
  /** undefined: it only has to be there. */
  readonly value: string | undefined;
};

// RFC 9110 section 5.6.2.
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

// Nothing may depend on these: they say where the request comes from, which only a trusted proxy may say, or they end at this
// hop, so that the upstream would not see what was decided by.
const NOT_TO_MATCH = new Set([
  "connection",
  "content-length",
  "forwarded",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
]);

const wanted = z.union([z.string(), z.literal(true)], {
  error: "a condition is the exact value in quotes, or true: it only has to be there",
});

const headerName = z
  .string()
  .refine((name) => FIELD_NAME.test(name), "not a header's name")
  .refine((name) => !NOT_TO_MATCH.has(name.toLowerCase()), "no route can depend on this header");

const nameProblem = ({ code, issues }: { code?: string; issues?: readonly { message: string }[] }) =>
  code === "invalid_key" ? issues?.[0]?.message : undefined;

/** The fields that a route's `match` gets from here. */
export const conditionFields = {
  headers: z
    .record(headerName, wanted, { error: nameProblem })
    .optional()
    .describe("Header fields that the request must have: the exact value, or true for any."),
  query: z
    .record(z.string().min(1), wanted)
    .optional()
    .describe("Query parameters that the request must have: the exact value (decoded), or true for any."),
};

type Match = { headers?: Wanted | undefined; query?: Wanted | undefined };
type Wanted = Readonly<Record<string, string | true>>;

/** The conditions of a route; undefined when it has none. */
export function conditionsOf({ headers = {}, query = {} }: Match): readonly Condition[] | undefined {
  const conditions = [...toConditions("header", headers), ...toConditions("query", query)];
  return conditions.length === 0 ? undefined : conditions;
}

/** Whether a request has all of it. Of a parameter that is there twice, the first counts. `query` begins with its question mark, or is "". */
export function meets(conditions: readonly Condition[], headers: IncomingHttpHeaders, query: string): boolean {
  let parameters: URLSearchParams | undefined;
  for (const { where, name, value } of conditions) {
    const found =
      where === "header" ? fieldValue(headers, name) : (parameters ??= new URLSearchParams(query)).get(name);
    if (typeof found !== "string" || (value !== undefined && found !== value)) return false;
  }
  return true;
}

/** Whether no request can meet both: they want different values of the same thing. */
export function excludeEachOther(a: readonly Condition[], b: readonly Condition[]): boolean {
  return a.some((one) =>
    b.some(
      (other) =>
        one.where === other.where &&
        one.name === other.name &&
        one.value !== undefined &&
        other.value !== undefined &&
        one.value !== other.value,
    ),
  );
}

/** `x-beta: 1, ?preview`, as people read it. */
export function describeConditions(conditions: readonly Condition[]): string {
  return conditions.map(describeCondition).join(", ");
}

// --- internal ---

function toConditions(where: Condition["where"], wants: Wanted): Condition[] {
  return Object.entries(wants).map(([name, value]) => ({
    where,
    name: where === "header" ? name.toLowerCase() : name,
    value: value === true ? undefined : value,
  }));
}

function fieldValue(headers: IncomingHttpHeaders, name: string): unknown {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

function describeCondition({ where, name, value }: Condition): string {
  if (where === "header") return `${name}: ${value ?? "*"}`;
  return value === undefined ? `?${name}` : `?${name}=${value}`;
}
