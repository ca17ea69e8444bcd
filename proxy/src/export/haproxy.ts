import type { ExportFile } from "./engines.ts";
import { answerLines } from "./haproxy/answers.ts";
import { backendBlocks } from "./haproxy/backends.ts";
import { customerLines } from "./haproxy/customers.ts";
import { guardLines, upstreamHeaderLines } from "./haproxy/requests.ts";
import { routeLines } from "./haproxy/routes.ts";
import { needsMurmur, MURMUR_FILE, MURMUR_SCRIPT } from "./haproxy/murmur.ts";
import type { Model } from "./model.ts";

// One frontend whose rules are read from top to bottom: refuse, bring the path into canonical form, find the route (the first that
// matches sets txn.route), find the side, and leave to the backend of that name.

/** A whole haproxy.cfg. */
export function exportHaproxy(model: Model): ExportFile[] {
  const text = [heading(model), globals(model), defaults(), frontend(model), ...backendBlocks(model)].join("\n\n");
  const files = [{ name: "haproxy.cfg", text: `${text}\n` }];
  return needsMurmur(model) ? [...files, { name: MURMUR_FILE, text: MURMUR_SCRIPT }] : files;
}

// --- internal ---

function heading({ version }: Model): string {
  return `# Made by "strangler route export --to haproxy" from routes version ${version}. Do not edit: make it anew.`;
}

function globals(model: Model): string {
  return [
    "global",
    "  # normalize-uri has this status; it is what brings paths into one form.",
    "  expose-experimental-directives",
    "  # Room for a header of 16 KiB beside what is added to it.",
    "  tune.bufsize 32768",
    "  # A worker that is being replaced ends what is still open after this time, WebSockets too.",
    "  hard-stop-after 30s",
    ...(needsMurmur(model) ? ["  default-path config", `  lua-load ${MURMUR_FILE}`] : []),
  ].join("\n");
}

function defaults(): string {
  return [
    "defaults",
    "  mode http",
    "  timeout http-request 15s",
    "  timeout http-keep-alive 75s",
    "  timeout client 300s",
    "  timeout connect 5s",
    "  timeout server 30s",
    "  timeout tunnel 300s",
    "  # A request is sent once.",
    "  retries 0",
  ].join("\n");
}

function frontend(model: Model): string {
  const sections: [string, string[]][] = [
    ["What is refused, and the one form of a path.", guardLines()],
    ["Which route: the first that matches. The most specific stand first.", routeLines(model)],
    ["Which customer, and on which side she is.", customerLines(model)],
    ["What the upstream is told.", upstreamHeaderLines(model)],
    ["What the customer is told.", answerLines(model)],
  ];
  return [
    "frontend strangler",
    `  bind ${model.listen.host}:${model.listen.port}`,
    ...sections.flatMap(([title, lines]) =>
      lines.length === 0 ? [] : ["", `  # ${title}`, ...lines.map((line) => `  ${line}`)],
    ),
    "",
    "  use_backend %[var(txn.upstream)]",
  ].join("\n");
}
