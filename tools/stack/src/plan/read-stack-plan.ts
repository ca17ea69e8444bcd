import { existsSync } from "node:fs";
import path from "node:path";
import { nearest, PlanFileError, readPlanFile, type PlanFile, type PlanFileProblem } from "@strangler/platform";
import { listReferences, referencesIn } from "./references.ts";
import { stackPlanSchema, type StackPlan } from "./schema.ts";

/** A plan that is whole: every reference, file and order in it has been checked. */
export type CheckedStackPlan = {
  plan: StackPlan;
  planDirectory: string;
  /** What the plan's paths start from. */
  root: string;
};

export type ReadOptions = {
  /** What the plan's paths start from; the folder above the plan when absent. */
  rootDirectory?: string | undefined;
  /** false: the programs of processes need not be there, as in an image that only prepares databases. */
  withPrograms?: boolean;
};

/** Reads `stack.yaml` of the plan directory. Throws PlanFileError with line, column, reason and suggestion. */
export async function readStackPlan(
  planDirectory: string,
  { rootDirectory, withPrograms = true }: ReadOptions = {},
): Promise<CheckedStackPlan> {
  const directory = path.resolve(planDirectory);
  const file = await readPlanFile(path.join(directory, "stack.yaml"), stackPlanSchema);
  const root = path.resolve(rootDirectory ?? path.dirname(directory));
  const programs = Object.values(file.value.processes).map(({ script }) => script);
  const exists = (relative: string) =>
    (!withPrograms && programs.includes(relative)) || existsSync(path.join(root, relative));
  const problems = findProblems(file, exists);
  if (problems.length > 0) throw new PlanFileError(problems);
  return { plan: file.value, planDirectory: directory, root };
}

/** What the schema alone cannot see: references to nothing, missing files, a port given twice, an order that has no start. */
export function findProblems(file: PlanFile<StackPlan>, exists: (relative: string) => boolean): PlanFileProblem[] {
  const plan = file.value;
  const complain: Complain = (at, reason, suggestion) => ({
    file: file.file,
    ...file.placeOf(at),
    reason,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return [
    ...missingFiles(plan, complain, exists),
    ...portsGivenTwice(plan, complain),
    ...unknownHealthPorts(plan, complain),
    ...unknownReferences(plan, complain),
    ...wrongOrder(plan, complain),
  ];
}

// --- internal ---

type Complain = (at: readonly PropertyKey[], reason: string, suggestion?: string) => PlanFileProblem;

function missingFiles(plan: StackPlan, complain: Complain, exists: (relative: string) => boolean): PlanFileProblem[] {
  const named: [string[], string][] = [];
  for (const [name, { migrations, seed }] of Object.entries(plan.databases)) {
    named.push([["databases", name, "migrations"], migrations]);
    if (seed) named.push([["databases", name, "seed", "script"], seed.script]);
  }
  for (const [name, { script }] of Object.entries(plan.processes)) named.push([["processes", name, "script"], script]);
  return named
    .filter(([, relative]) => !exists(relative))
    .map(([at, relative]) =>
      complain(at, `${relative} is not there.`, "Paths start from the folder above the plan directory."),
    );
}

function portsGivenTwice(plan: StackPlan, complain: Complain): PlanFileProblem[] {
  const taken = new Map([[plan.postgres.port, "postgres"]]);
  const problems: PlanFileProblem[] = [];
  for (const { at, owner, port } of allPorts(plan)) {
    const first = taken.get(port);
    if (first === undefined) taken.set(port, owner);
    else problems.push(complain(at, `port ${port} is given twice: to ${first} and to ${owner}.`));
  }
  return problems;
}

function allPorts(plan: StackPlan): { at: string[]; owner: string; port: number }[] {
  const ofProcesses = Object.entries(plan.processes).flatMap(([name, { ports }]) =>
    Object.entries(ports).map(([key, port]) => ({
      at: ["processes", name, "ports", key],
      owner: `${name}.${key}`,
      port,
    })),
  );
  const kept = Object.entries(plan.ports).map(([key, port]) => ({ at: ["ports", key], owner: key, port }));
  return [...ofProcesses, ...kept];
}

function unknownHealthPorts(plan: StackPlan, complain: Complain): PlanFileProblem[] {
  return Object.entries(plan.processes)
    .filter(([, { ports, health }]) => ports[health.port] === undefined)
    .map(([name, { ports, health }]) =>
      complain(
        ["processes", name, "health", "port"],
        `${name} has no port "${health.port}".`,
        suggestionFor(health.port, Object.keys(ports)),
      ),
    );
}

function unknownReferences(plan: StackPlan, complain: Complain): PlanFileProblem[] {
  const addresses = {
    planDirectory: "",
    stateDirectory: "",
    ports: Object.fromEntries(Object.entries(plan.processes).map(([name, { ports }]) => [name, ports])),
    databaseUrl: () => "",
    secret: () => "",
  };
  const problems: PlanFileProblem[] = [];
  const check = (environment: Readonly<Record<string, string>>, at: string[], process?: string) => {
    const known = [...listReferences(plan, addresses, process).keys()];
    for (const [variable, text] of Object.entries(environment)) {
      for (const reference of referencesIn(text).filter((candidate) => !known.includes(candidate))) {
        const guess = nearest(reference, known);
        problems.push(
          complain(
            [...at, variable],
            `\${${reference}} names nothing.`,
            guess === undefined ? `Known are: ${known.join(", ")}.` : `Did you mean \${${guess}}?`,
          ),
        );
      }
    }
  };
  for (const [name, { environment }] of Object.entries(plan.processes)) {
    check(environment, ["processes", name, "environment"], name);
  }
  for (const [name, { seed }] of Object.entries(plan.databases)) {
    if (seed) check(seed.environment, ["databases", name, "seed", "environment"]);
  }
  return problems;
}

function wrongOrder(plan: StackPlan, complain: Complain): PlanFileProblem[] {
  const names = Object.keys(plan.processes);
  const problems = Object.entries(plan.processes).flatMap(([name, { after }]) =>
    after
      .map((other, index) => ({ other, at: ["processes", name, "after", index] }))
      .filter(({ other }) => !names.includes(other))
      .map(({ other, at }) => complain(at, `there is no process "${other}".`, suggestionFor(other, names))),
  );
  const { entrance } = plan;
  if (entrance !== undefined && !names.includes(entrance)) {
    problems.push(complain(["entrance"], `there is no process "${entrance}".`, suggestionFor(entrance, names)));
  }
  if (problems.length > 0) return problems;
  const circle = findCircle(plan);
  return circle
    ? [complain(["processes", circle[0] ?? "", "after"], `these wait for one another: ${circle.join(" -> ")}.`)]
    : [];
}

function suggestionFor(word: string, candidates: readonly string[]): string | undefined {
  const guess = nearest(word, candidates);
  return guess === undefined ? undefined : `Did you mean "${guess}"?`;
}

function findCircle(plan: StackPlan): string[] | undefined {
  const walk = (name: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    for (const other of plan.processes[name]?.after ?? []) {
      const circle = walk(other, [...trail, name]);
      if (circle) return circle;
    }
    return undefined;
  };
  for (const name of Object.keys(plan.processes)) {
    const circle = walk(name, []);
    if (circle) return circle;
  }
  return undefined;
}
