import { z } from "zod";
import type { Endpoint } from "./endpoint.ts";

type Json = Record<string, unknown>;

/** The admin API as OpenAPI 3.1, whose schemas are JSON Schema 2020-12: what zod writes is taken as it is. */
export function describeApi(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = (paths[endpoint.path] ??= {});
    path[endpoint.method.toLowerCase()] = describe(endpoint);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "The strangler proxy's admin API",
      version: "1",
      description: "Routes and their stages, the log of their changes, replicas, and what was counted.",
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A viewer's token to look, an operator's to change." },
        session: { type: "apiKey", in: "cookie", name: "strangler-admin", description: "Of the dashboard." },
      },
      schemas: { Problem: schemaOf(problem, "output") },
    },
  };
}

// --- internal ---

/** RFC 9457. */
const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
});

function describe(endpoint: Endpoint): Json {
  const { method, path, needs, summary, body } = endpoint;
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[/{}]+(\w?)/g, (_all, letter: string) => letter.toUpperCase())}`,
    summary,
    security: needs === "nobody" ? [] : [{ token: [] }, { session: [] }],
    ...(needs === "nobody" ? {} : { "x-role": needs }),
    parameters: [...pathParameters(path), ...queryParameters(endpoint), ...headerParameters(endpoint)],
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: schemaOf(body, "input") } } },
    }),
    responses: responses(endpoint),
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters({ query }: Endpoint): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, "input") as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as { description?: string };
    return {
      name,
      in: "query",
      required: required.includes(name),
      ...(description && { description }),
      ...(name === "header" && { style: "form", explode: true }),
      schema: rest,
    };
  });
}

function headerParameters({ problems }: Endpoint): Json[] {
  if (!("428" in problems)) return [];
  const description = "The version that the change is based on, in quotes, or * for any.";
  return [{ name: "If-Match", in: "header", required: false, description, schema: { type: "string" } }];
}

function responses({ needs, answer, problems, path }: Endpoint): Json {
  const status = path.endsWith("/drain") ? "202" : "200";
  const content = answer
    ? { "application/json": { schema: schemaOf(answer, "output") } }
    : { "text/plain": { schema: { type: "string" } } };
  const common = needs === "nobody" ? FOR_ALL : { ...FOR_ALL, ...FOR_TOKENS };
  const refused = Object.entries({ ...common, ...problems }).map(([code, description]) => [
    code,
    { description, content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } },
  ]);
  return { [status]: { description: "Done.", content }, ...(Object.fromEntries(refused) as Json) };
}

const FOR_ALL = {
  400: "Not understood.",
  403: "Not allowed: another host's name, a foreign page, or too small a role.",
};
const FOR_TOKENS = { 401: "A token is missing, or not known.", 429: "Too many wrong tokens." };

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const written: Json = { ...z.toJSONSchema(schema, { io, unrepresentable: "any" }) };
  delete written["$schema"];
  return written;
}
