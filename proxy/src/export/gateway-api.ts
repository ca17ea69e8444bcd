import { stringify } from "yaml";
import { MONOLITH } from "../routes/stages.ts";
import { matchesOf } from "./gateway-api/matches.ts";
import type { ExportFile } from "./engines.ts";
import { mayMirror, type Model, type Rule, type ShadowedBy } from "./model.ts";

// HTTPRoutes have no order: their own precedence (exact path, longest prefix, method, number of header and of query matches) decides,
// and it is ours as long as paths are exact or prefixes. Shares are weights, drawn for every request anew.

// The API's own bound on rules.
const RULES_PER_ROUTE = 16;

/** HTTPRoutes for a Gateway named "strangler", whose back ends are Services with the names of the plan. */
export function exportGatewayApi(model: Model): ExportFile[] {
  const rules = [...model.rules.flatMap((rule) => rulesOf(model, rule)), fallback(model)];
  const documents = chunk(rules, RULES_PER_ROUTE).map((part, index) => httpRoute(model, index, part));
  const heading = [
    `# Made by "strangler route export --to gateway-api" from routes version ${model.version}. Do not edit: make it anew.`,
    '# Belongs to a Gateway named "strangler" in the same namespace; the names of the plan\'s services are those of Services.',
  ].join("\n");
  return [{ name: "httproutes.yaml", text: `${heading}\n${documents.map(toYaml).join("---\n")}` }];
}

// --- internal ---

function toYaml(document: object): string {
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

function httpRoute({ version }: Model, index: number, rules: object[]): object {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: `strangler-${index + 1}`, annotations: { "strangler/routes-version": version } },
    spec: { parentRefs: [{ name: "strangler" }], rules },
  };
}

function rulesOf(model: Model, rule: Rule): object[] {
  // A rule without back ends answers 500, which is as closed as the API can be.
  if (rule.closed) return [{ matches: matchesOf(rule) }];
  const backendRefs = backendsOf(model, rule);
  const plain = { matches: matchesOf(rule), filters: [dropHidden(model)], backendRefs, timeouts: TIMEOUTS };
  const { shadow } = rule;
  if (shadow === undefined || !mayMirror(shadow)) return [plain];
  // A rule that names methods goes before one that does not, so the mirrored requests are taken out of the others.
  const mirrored = {
    ...plain,
    matches: matchesOf({ ...rule, methods: shadow.methods }),
    filters: [dropHidden(model), mirror(model, shadow)],
  };
  const rest = rule.methods?.filter((method) => !shadow.methods.includes(method));
  if (rest?.length === 0) return [mirrored];
  return [mirrored, rest === undefined ? plain : { ...plain, matches: matchesOf({ ...rule, methods: rest }) }];
}

// From the end of the request to the end of the answer: the nearest to what this proxy waits for.
const TIMEOUTS = { request: "300s", backendRequest: "300s" };

function backendsOf(model: Model, { answer }: Rule): object[] {
  if (answer.by === "upstream") return [backend(model, answer.name)];
  return [
    { ...backend(model, answer.name), weight: answer.share },
    { ...backend(model, MONOLITH), weight: 10_000 - answer.share },
  ];
}

function backend({ upstreams }: Model, name: string): object {
  const port = upstreams.find((upstream) => upstream.name === name)?.addresses[0]?.port ?? 80;
  return { name, port };
}

function mirror(model: Model, { name, sample }: ShadowedBy): object {
  const share = sample < 1 ? { fraction: { numerator: Math.round(sample * 1_000_000), denominator: 1_000_000 } } : {};
  return { type: "RequestMirror", requestMirror: { backendRef: backend(model, name), ...share } };
}

// What upstreams would take for a verified identity, and what is between customers and the proxy.
function dropHidden({ hidden }: Model): object {
  return { type: "RequestHeaderModifier", requestHeaderModifier: { remove: hidden.fields } };
}

function fallback(model: Model): object {
  return {
    matches: [{ path: { type: "PathPrefix", value: "/" } }],
    filters: [dropHidden(model)],
    backendRefs: [backend(model, MONOLITH)],
    timeouts: TIMEOUTS,
  };
}

function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
