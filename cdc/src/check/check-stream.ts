import { ExitCode } from "@strangler/platform";
import { findPublication, sameTables } from "../capture/publication.ts";
import { resolveTable, type ResolvedTable } from "../catalog/resolved-table.ts";
import { findTable, knownTypes, listTables } from "../catalog/table-facts.ts";
import { StreamNotPossibleError, type StreamProblem } from "../errors.ts";
import { checkTwoWay } from "../two-way/check-two-way.ts";
import { slotName, sourceTables, splitTable, type StreamPlan } from "../plan/stream-plan.ts";
import type { Session } from "../postgres/session.ts";
import { findPosition } from "../apply/position-store.ts";
import { checkMapping } from "./check-mapping.ts";
import { checkSource, checkSourceRights, checkTargetRights, checkVersion, readServerFacts } from "./check-servers.ts";
import { checkTables, type BothTables } from "./check-tables.ts";
import { expandColumns } from "./expand-columns.ts";
import { checkSameTables } from "./check-same-tables.ts";
import { checkUnions } from "./check-unions.ts";
import { locate } from "./problem.ts";

/** A stream that can run. */
export type CheckedStream = {
  tables: readonly ResolvedTable[];
  sourceVersion: number;
};

/** Asks both databases whether the stream can run. Throws StreamNotPossibleError with every reason, each with its remedy. */
export async function assertStream(plan: StreamPlan, source: Session, target: Session): Promise<CheckedStream> {
  const { problems, tables, sourceVersion } = await findProblems(plan, source, target);
  if (problems.length > 0) throw new StreamNotPossibleError(plan.name, problems);
  return { tables, sourceVersion };
}

/** Asks whether what `prepareStream` does has been done. Throws StreamNotPossibleError. */
export async function assertPublished(plan: StreamPlan, source: Session): Promise<void> {
  const problems = await checkPublication(plan, source);
  if (problems.length > 0) throw new StreamNotPossibleError(plan.name, problems);
}

/** Every reason why the stream cannot run; none when it can. Whether its tables are published yet is not among them. */
export async function findProblems(
  plan: StreamPlan,
  source: Session,
  target: Session,
): Promise<CheckedStream & { problems: StreamProblem[] }> {
  const sourceFacts = await readServerFacts(source, slotName(plan.name));
  const targetFacts = await readServerFacts(target, slotName(plan.name));
  const problems = [...checkSource(sourceFacts), ...checkVersion("target", targetFacts)];
  const found = await findTables(plan, source, target);
  const known = { source: await listTables(source), target: await listTables(target) };
  const aboutTables = [...(await checkSameTables(plan, source, target)), ...checkTables(found, known)];
  problems.push(...aboutTables.map((problem) => locate(plan, problem)));
  const tables = problems.some(({ exitCode }) => exitCode === ExitCode.configuration)
    ? []
    : await resolveTables(found, target);
  const aboutMapping = [];
  for (const [index, table] of tables.entries()) {
    const entry = found[index];
    if (entry?.target === undefined) continue;
    aboutMapping.push(...(await checkMapping({ ...entry, target: entry.target }, table, source, target)));
  }
  aboutMapping.push(...(await checkUnions(found, tables, target)));
  problems.push(...aboutMapping.map((problem) => locate(plan, problem)));
  problems.push(...(await checkSourceRights(source, sourceFacts.role, tables)));
  problems.push(...(await checkTargetRights(target, targetFacts.role, tables)));
  const identities = found.flatMap(({ plan: { from }, source: facts }) =>
    facts === undefined ? [] : [{ table: from, isFull: facts.replicaIdentity === "full" }],
  );
  problems.push(...(await checkTwoWay(plan, target, targetFacts.role, identities)));
  return { problems, tables, sourceVersion: sourceFacts.version };
}

/** Both catalogs' facts joined with the plan. Only for a plan that has been checked. */
export async function resolveTables(found: readonly BothTables[], target: Session): Promise<ResolvedTable[]> {
  const types = new Set(found.flatMap(({ source }) => source?.columns.map(({ type }) => type) ?? []));
  const onTarget = await knownTypes(target, [...types]);
  return found.flatMap((each) =>
    each.source === undefined || each.target === undefined
      ? []
      : [resolveTable(each.plan, each.source, each.target, onTarget, each.optional)],
  );
}

/** Each entry of the plan with what both catalogs say of its tables. */
export async function findTables(plan: StreamPlan, source: Session, target: Session): Promise<BothTables[]> {
  const mayCome = plan.onSchemaChange !== undefined && plan.onSchemaChange !== "stop" && (await follows(plan, target));
  const found: BothTables[] = [];
  for (const [place, entry] of plan.tables.entries()) {
    const from = await findTable(source, splitTable(entry.from));
    const to = await findTable(target, splitTable(entry.to));
    const expanded =
      from === undefined || to === undefined
        ? { plan: entry, optional: new Set<string>() }
        : expandColumns(entry, plan, from, to, mayCome);
    found.push({ ...expanded, place, source: from, target: to });
  }
  return found;
}

async function follows(plan: StreamPlan, target: Session): Promise<boolean> {
  const state = (await findPosition(target, plan.name))?.state;
  return state !== undefined && state !== "copying";
}

/** Whether the source publishes exactly the plan's tables. */
export async function checkPublication(plan: StreamPlan, source: Session): Promise<StreamProblem[]> {
  const publication = slotName(plan.name);
  const tables = sourceTables(plan);
  const found = await findPublication(source, publication);
  if (found !== undefined && sameTables(found, tables)) return [];
  const state = found === undefined ? "has no publication" : "does not publish the plan's tables in its publication";
  const sentence = `The source ${state} "${publication}". Run "strangler stream start ${plan.name}" with the address of the tables' owner in STRANGLER_DATABASE_${plan.source.toUpperCase()}_URL: publishing needs an owner.`;
  return [{ problem: "NO_PUBLICATION", exitCode: ExitCode.environment, sentence }];
}
