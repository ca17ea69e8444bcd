import type { Scenario, Step } from "../scenario/schema.ts";
import { cachedTemplate, renderJson, renderPath, renderText, type Values } from "../scenario/template.ts";
import type { OutgoingRequest } from "./client.ts";
import type { CookieJar } from "./cookie-jar.ts";

/** Fills a step's templates. Saved values and cookies are read, nothing is changed but the random stream. */
export function composeRequest(step: Step, scenario: Scenario, values: Values, jar: CookieJar): OutgoingRequest {
  const path = withoutOrigin(renderPath(cachedTemplate(step.path), values));
  const headers: Record<string, string> = { ...scenario.headers };
  for (const [name, text] of Object.entries(step.headers)) headers[name] = renderText(cachedTemplate(text), values);
  const cookies = jar.headerFor(path);
  if (cookies !== undefined) headers["cookie"] = cookies;
  return { method: step.method, path, headers, ...bodyOf(step, values, headers) };
}

// --- internal ---

function bodyOf(step: Step, values: Values, headers: Record<string, string>): { body?: string } {
  if (step.json !== undefined) {
    headers["content-type"] = "application/json";
    return { body: JSON.stringify(renderJson(step.json, values)) };
  }
  if (step.form === undefined) return {};
  headers["content-type"] = "application/x-www-form-urlencoded";
  const fields = Object.entries(step.form).map(([name, text]) => [name, renderText(cachedTemplate(text), values)]);
  return { body: new URLSearchParams(fields).toString() };
}

// A saved Location may be absolute. The visitor stays at the address under test, whatever host the server thinks it is.
function withoutOrigin(path: string): string {
  if (!/^https?:\/\//.test(path)) return path;
  const { pathname, search } = new URL(path);
  return pathname + search;
}
