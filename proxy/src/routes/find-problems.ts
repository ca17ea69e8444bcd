import { nearest, type PlanFile, type PlanFileProblem } from "@strangler/platform";
import { findAdmissionProblem } from "../admission/admission-plan.ts";
import { findOwnWritesProblem } from "../own-writes/check.ts";
import { toOwnWritesRule } from "../own-writes/rule.ts";
import { findServiceFieldProblems } from "../upstreams/pool-plan.ts";
import { findAdvanceProblem } from "../watch/advance-rule.ts";
import { conditionsOf } from "./conditions.ts";
import { isOwnAddress, type Listener } from "./loops.ts";
import type { UpstreamOverrides } from "./parse.ts";
import { parsePattern, shapeOf, type PathPattern } from "./pattern.ts";
import type { RouteEntry, RoutesDocument } from "./schema.ts";
import { claimsOf, findContestedMethod, type Claims } from "./specificity.ts";
import { MONOLITH } from "./stages.ts";

/**
 * What is wrong with a routes file although each of its values is right by itself, in the order of its lines. Puts the pattern of
 * every route whose path could be read into `patterns`.
 */
export function findProblems(
  plan: PlanFile<RoutesDocument>,
  patterns: Map<RouteEntry, PathPattern>,
  overrides: UpstreamOverrides,
  listeners: readonly Listener[],
): PlanFileProblem[] {
  return [
    ...findPatternProblems(plan, patterns),
    ...findServiceProblems(plan),
    ...findInstanceProblems(plan),
    ...findDuplicateIds(plan),
    ...findOverlaps(plan, patterns),
    ...findPercentProblems(plan),
    ...findKeyProblems(plan),
    ...findOwnWritesProblems(plan),
    ...findAdvanceProblems(plan),
    ...findAdmissionProblems(plan),
    ...findLoops(plan, overrides, listeners),
  ].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

// --- internal ---

type Plan = PlanFile<RoutesDocument>;

function problemAt({ file, placeOf }: Plan, path: PropertyKey[], reason: string, suggestion?: string): PlanFileProblem {
  return { file, ...placeOf(path), reason, ...(suggestion === undefined ? {} : { suggestion }) };
}

function findPatternProblems(plan: Plan, patterns: Map<RouteEntry, PathPattern>): PlanFileProblem[] {
  return plan.value.routes.flatMap((entry, index) => {
    const pattern = parsePattern(entry.match.path);
    if (!("reason" in pattern)) {
      patterns.set(entry, pattern);
      return [];
    }
    const suggestion = pattern.suggestion === undefined ? undefined : `Write "${pattern.suggestion}".`;
    return [problemAt(plan, ["routes", index, "match", "path"], `${pattern.reason}.`, suggestion)];
  });
}

function findServiceProblems(plan: Plan): PlanFileProblem[] {
  const names = Object.keys(plan.value.services);
  const missing = names.includes(MONOLITH)
    ? []
    : [
        problemAt(
          plan,
          ["services"],
          `"services" does not name the monolith; it answers all that no route has taken out.`,
          `Add "${MONOLITH}: { url: ... }".`,
        ),
      ];
  return [...missing, ...plan.value.routes.flatMap((entry, index) => findServiceProblem(plan, names, entry, index))];
}

function findServiceProblem(
  plan: Plan,
  names: string[],
  { id, service }: RouteEntry,
  index: number,
): PlanFileProblem[] {
  const at = ["routes", index, "service"];
  if (service === MONOLITH) {
    return [
      problemAt(
        plan,
        at,
        `route "${id}" moves to the monolith, where it already is.`,
        `Name the service it moves to; "stage: monolith" keeps it where it is.`,
      ),
    ];
  }
  if (names.includes(service)) return [];
  const candidates = names.filter((name) => name !== MONOLITH);
  const guess = nearest(service, candidates);
  const known = candidates.length === 0 ? "There are none yet." : `Known are: ${candidates.join(", ")}.`;
  return [
    problemAt(
      plan,
      at,
      `route "${id}" names the service "${service}", which "services" does not list.`,
      guess === undefined ? known : `Did you mean "${guess}"?`,
    ),
  ];
}

function findInstanceProblems(plan: Plan): PlanFileProblem[] {
  return Object.entries(plan.value.services).flatMap(([name, service]) =>
    findServiceFieldProblems(name, service).map(({ at, reason, suggestion }) =>
      problemAt(plan, ["services", name, ...at], reason, suggestion),
    ),
  );
}

function findDuplicateIds(plan: Plan): PlanFileProblem[] {
  const first = new Map<string, number>();
  return plan.value.routes.flatMap(({ id }, index) => {
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, index);
      return [];
    }
    const { line } = plan.placeOf(["routes", earlier, "id"]);
    return [problemAt(plan, ["routes", index, "id"], `the id "${id}" is taken by the route in line ${line}.`)];
  });
}

// Overlap is no fault as long as one of the two is more specific. Only the same shape can have no winner.
function findOverlaps(plan: Plan, patterns: ReadonlyMap<RouteEntry, PathPattern>): PlanFileProblem[] {
  const byShape = new Map<string, { id: string; claims: Claims }[]>();
  return plan.value.routes.flatMap(({ id, match }, index) => {
    const pattern = patterns.get(plan.value.routes[index] as RouteEntry);
    if (pattern === undefined) return [];
    const claims = claimsOf(match);
    const alike = byShape.get(shapeOf(pattern)) ?? [];
    byShape.set(shapeOf(pattern), [...alike, { id, claims }]);
    for (const earlier of alike) {
      const method = findContestedMethod(earlier.claims, claims);
      if (method !== undefined) return [overlap(plan, index, earlier, method)];
    }
    return [];
  });
}

function overlap(plan: Plan, index: number, earlier: { id: string; claims: Claims }, method: string): PlanFileProblem {
  const { id, match } = plan.value.routes[index] as RouteEntry;
  const conditional = earlier.claims.conditions !== undefined || conditionsOf(match) !== undefined;
  return problemAt(
    plan,
    ["routes", index, "match"],
    `routes "${earlier.id}" and "${id}" both match ${method} ${match.path}${conditional ? ", and neither says more about the request" : ""}.`,
    conditional
      ? `Let the one that is to win name methods and conditions that the other has, and more; or give both different values of one header.`
      : `Take the method out of one of them, or make its path more specific.`,
  );
}

function findPercentProblems(plan: Plan): PlanFileProblem[] {
  return plan.value.routes.flatMap(({ id, stage, percent }, index) => {
    if (stage === "canary" && percent === undefined) {
      return [
        problemAt(
          plan,
          ["routes", index, "stage"],
          `route "${id}" is in stage canary without a percent.`,
          `Add "percent: 10", or what share of customers it shall be.`,
        ),
      ];
    }
    if (stage === "canary" || percent === undefined) return [];
    return [
      problemAt(
        plan,
        ["routes", index, "percent"],
        `route "${id}" has a percent, but its stage is ${stage}.`,
        `Set "stage: canary", or take the percent out.`,
      ),
    ];
  });
}

// A claim with another key behind it is for those who have shown a token somewhere; by itself it would name nobody.
function findKeyProblems(plan: Plan): PlanFileProblem[] {
  return plan.value.routes.flatMap(({ id, keys = [], auth }, index) => {
    if (keys.length === 0 || auth !== undefined || !keys.every((key) => "claim" in key)) return [];
    const reason = `route "${id}" knows customers by a claim only, but verifies no token.`;
    return [problemAt(plan, ["routes", index, "keys"], reason, `Add "auth", or another key behind the claim.`)];
  });
}

function findAdvanceProblems(plan: Plan): PlanFileProblem[] {
  return plan.value.routes.flatMap(({ id, watch, autoAdvance }, index) => {
    const problem = findAdvanceProblem(id, watch, autoAdvance);
    return problem ? [problemAt(plan, ["routes", index, "autoAdvance"], problem.reason, problem.suggestion)] : [];
  });
}

function findOwnWritesProblems(plan: Plan): PlanFileProblem[] {
  const streams = Object.keys(plan.value.streams ?? {});
  return plan.value.routes.flatMap(({ id, match, ownWrites }, index) => {
    if (ownWrites === undefined) return [];
    const problem = findOwnWritesProblem(id, toOwnWritesRule(ownWrites), match.methods, streams);
    return problem ? [problemAt(plan, ["routes", index, "ownWrites"], problem.reason, problem.suggestion)] : [];
  });
}

function findAdmissionProblems(plan: Plan): PlanFileProblem[] {
  return plan.value.routes.flatMap((entry, index) => {
    const problem = findAdmissionProblem(entry, plan.value.jwt !== undefined);
    return problem ? [problemAt(plan, ["routes", index, problem.at], problem.reason, problem.suggestion)] : [];
  });
}

function findLoops(plan: Plan, overrides: UpstreamOverrides, listeners: readonly Listener[]): PlanFileProblem[] {
  return Object.entries(plan.value.services).flatMap(([name, { url, instances = [] }]) => {
    const override = overrides[name];
    const addresses = override === undefined ? [...instances, ...(url === undefined ? [] : [url])] : [override];
    const own = addresses.find((address) => isOwnAddress(new URL(address), listeners));
    if (own === undefined) return [];
    const reason = `the service "${name}" is said to listen at ${own}, where this proxy listens: it would ask itself.`;
    return [problemAt(plan, ["services", name], reason, "Write the address of the service.")];
  });
}
