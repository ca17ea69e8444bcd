import { ELEMENT_GROUPS, ELEMENTS } from "./elements.ts";
import type { Element } from "./elements/element.ts";
import { EXPORT_ENGINES, type ExportEngine } from "./engines.ts";

/** docs/export.md, as Markdown: made of the same data as the reports. */
export function documentExports(): string {
  return [
    INTRODUCTION,
    ...ELEMENT_GROUPS.map(groupTable),
    "## What is lost or only nearly so",
    ...EXPORT_ENGINES.map(notes),
  ].join("\n\n");
}

// --- internal ---

const TITLES: Readonly<Record<ExportEngine, string>> = {
  nginx: "nginx",
  haproxy: "HAProxy",
  envoy: "Envoy",
  "gateway-api": "Gateway API",
};

const WORDS = { expressed: "yes", approximated: "nearly", lost: "no" } as const;

function groupTable({ title, elements }: { title: string; elements: readonly Element[] }): string {
  const head = ["element", "what it does", ...EXPORT_ENGINES.map((engine) => TITLES[engine])];
  const rows = elements.map(({ name, does, on }) => [
    `\`${name}\``,
    does,
    ...EXPORT_ENGINES.map((engine) => WORDS[on[engine].how]),
  ]);
  return [`## ${title}`, "", ...[head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`)].join(
    "\n",
  );
}

function notes(engine: ExportEngine): string {
  const lines = ELEMENTS.flatMap(({ name, on }) => {
    const verdict = on[engine];
    return verdict.how === "expressed"
      ? []
      : [`- \`${name}\` (${WORDS[verdict.how]}): ${verdict.why} **What to do:** ${verdict.whatToDo}`];
  });
  return [`### ${TITLES[engine]}`, "", ...lines].join("\n");
}

const INTRODUCTION = `# Routes for other engines

Whoever outgrows this proxy takes the routes along:

\`\`\`sh
strangler route export --to nginx --listen 0.0.0.0:80 --out edge
strangler route export --to haproxy --out edge
strangler route export --to envoy > envoy.yaml
strangler route export --to gateway-api | kubectl apply -f -
strangler route export --to nginx --json          # files and report as one JSON document
\`\`\`

Same routes, same hash: in nginx, HAProxy and Envoy every customer keeps her side. What an engine does not do, or only nearly so, is in the report of each export, and
nothing is left out of it in silence: a test changes every field that the routes file knows, and each must show in the configuration or in
the report. nginx, HAProxy and Envoy are started with the exported routes in our tests, and decide 10,000 sampled requests as this proxy
does: paths in hostile and unusual spellings, methods, header fields, query parameters, cookies, addresses, customers without any of it.
Gateway API objects are checked against their schema.

| engine      | files                                                                                        | tried with          |
| ----------- | -------------------------------------------------------------------------------------------- | ------------------- |
| nginx       | \`strangler.conf\` for \`http { }\`; \`strangler.js\` where a route is shared by \`xxh32-mod\` (njs)   | 1.22.1, njs 0.7.9   |
| HAProxy     | \`haproxy.cfg\`; \`strangler-murmur2.lua\` where a route is shared by \`murmur2-range\`             | 2.6.12              |
| Envoy       | \`envoy.yaml\`, a static bootstrap                                                             | 1.40.0              |
| Gateway API | \`httproutes.yaml\`                                                                            | v1, by its schema   |

\`strangler.conf\` goes to conf.d, \`strangler.js\` beside nginx.conf, \`strangler-murmur2.lua\` beside haproxy.cfg. STRANGLER_UPSTREAM_<NAME>
replaces an address of the routes file here as it does at the proxy.

Before you hand customers over: a route that asks for a token is closed until you say \`--verified\`, which means that something in front of
the engine verifies tokens; finish canaries whose customers are named by claims; read the report.
\`deploy/\` has the exports of \`plan/routes.yaml\`, each with its \`report.json\`.

In the tables: **yes** is the same as here, **nearly** has a difference, **no** is lost. This page is written by \`npm run exports -w proxy\`.`;
