import type { z } from "zod";
import type { Needs } from "./access.ts";

/** What a request asked, parsed by the endpoint's own schemas. */
export type Asked<Query, Body> = {
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  /** The version in If-Match, without its quotes; undefined without the field. */
  ifMatch: string | undefined;
  /** For the audit log. */
  actor: string;
};

/** `text` is sent as it is, everything else as JSON. */
export type Answered = {
  status?: number;
  headers?: Readonly<Record<string, string>>;
} & ({ json: unknown } | { text: string; type: string });

/**
 * One question that the admin listener answers. The schemas that check what comes in are those that the OpenAPI document is made
 * of, so that it cannot say anything else.
 */
export type Endpoint = {
  method: "GET" | "PUT" | "POST" | "DELETE";
  /** `{id}` for one segment, as in OpenAPI. */
  path: string;
  needs: Needs;
  summary: string;
  query: z.ZodObject | undefined;
  body: z.ZodObject | undefined;
  /** undefined for text. */
  answer: z.ZodType | undefined;
  /** Problems that it answers beside those of all endpoints, by status. */
  problems: Readonly<Record<number, string>>;
  handle: (asked: Asked<never, never>) => Promise<Answered>;
};

type EndpointOptions<Query extends z.ZodObject, Body extends z.ZodObject> = Pick<
  Endpoint,
  "method" | "path" | "needs" | "summary"
> & {
  query?: Query;
  body?: Body;
  answer?: z.ZodType;
  problems?: Readonly<Record<number, string>>;
  handle: (asked: Asked<z.output<Query>, z.output<Body>>) => Promise<Answered>;
};

/** Makes an endpoint whose handler is given exactly what its schemas have checked. */
export function defineEndpoint<Query extends z.ZodObject, Body extends z.ZodObject>(
  options: EndpointOptions<Query, Body>,
): Endpoint {
  const { query, body, answer, problems = {}, handle, ...rest } = options;
  return { ...rest, query, body, answer, problems, handle };
}
