import { existsSync } from "node:fs";
import type { CommandModule } from "yargs";
import type { AcceptedContexts } from "../accepted/accepted-contexts.ts";
import { adopt } from "../accepted/adopt.ts";
import { extendAccepted } from "../accepted/extend-accepted.ts";
import { place, type Placement } from "../accepted/place.ts";
import { renderAccepted } from "../accepted/render-accepted.ts";
import { judge, propose } from "../analyze.ts";
import type { Analysis } from "../analysis.ts";
import { baselineFileOf, parseBaseline, renderBaseline } from "../boundaries/baseline.ts";
import { checkBoundaries } from "../boundaries/check-boundaries.ts";
import { crossingsOf, type Crossing } from "../boundaries/crossing.ts";
import type { Contexts } from "../contexts/contexts.ts";
import { UsageError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import { settle } from "../contexts/settle.ts";
import type { ProposeOptions } from "../contexts/propose-contexts.ts";
import { readFacts } from "../read/read-facts.ts";
import { renderAcceptance } from "../report/accept-text.ts";
import { moveParts } from "../whatif/move-parts.ts";
import { CACHE_OPTION, cacheFolder, type CacheArguments } from "./cache-option.ts";
import { readConfiguration, writeWhole } from "./files.ts";
import { ACCEPTED, findAgreed, PLAN_OPTION, planFile, samePath, seenFromPlan, type PlanArguments } from "./plan.ts";
import { showProgress } from "./progress.ts";
import { pinsOf, PROPOSE_OPTIONS, type ProposeArguments } from "./propose-options.ts";

export type AcceptArguments = CacheArguments &
  PlanArguments &
  ProposeArguments & {
    path: string | undefined;
    schema: string | undefined;
    afresh: boolean | undefined;
  };

/** `accept [path]`: writes the contexts and the baseline that `check` holds the code against. */
export const acceptCommand: CommandModule<object, AcceptArguments> = {
  command: "accept [path]",
  describe: "Write the contexts down as agreed, for people to edit and check to hold",
  builder: (yargs) =>
    yargs
      .positional("path", { type: "string", describe: "Folder with the code, if not the accepted one or this one" })
      .options(PLAN_OPTION)
      .option("schema", { type: "string", describe: "Folder with the migrations, where they lie outside" })
      .options(CACHE_OPTION)
      .options(PROPOSE_OPTIONS)
      .option("afresh", { type: "boolean", describe: "Forget what was accepted and take the proposal as it is" })
      .example("$0 accept src", "The proposal, and a baseline of what crosses it today")
      .example("$0 accept", "Later: what was accepted stays, new files find a place"),
  handler: async ({ path, plan, schema, afresh, contexts: wanted, granularity, history, cache }) => {
    const file = planFile(plan, ACCEPTED);
    const known = existsSync(file) ? findAgreed(plan) : undefined;
    const before = afresh ? undefined : known;
    if (before && path !== undefined && !samePath(path, before.path)) throw acceptedElsewhere(file, before.path, path);
    const where = { path: path ?? known?.path ?? ".", schema: schema ?? known?.schema };

    const progress = showProgress(process.stderr, "reading");
    const reading = { schema: where.schema, history, cache: cacheFolder({ cache }), onProgress: progress.step };
    const facts = await readFacts(where.path, reading).finally(progress.end);
    const wishes = { contexts: wanted, granularity, pins: pinsOf(known?.accepted) };
    const division = before
      ? extend(facts, before.accepted, wishes)
      : { contexts: propose(facts, wishes), unplaced: undefined };
    const analysis = await judge(facts, division.contexts);
    const contexts = settle(division.contexts, analysis.tables);
    // Before anything is written: a baseline that cannot be read leaves everything as it was.
    const baseline = nextBaseline(baselineFileOf(file), analysis);
    const text = division.unplaced
      ? extendAccepted(readConfiguration(file), division.unplaced, contexts)
      : renderAccepted(contexts, writtenAs(file, where), wishes.pins);
    writeWhole(file, text);
    writeWhole(baseline.baselineFile, renderBaseline(baseline.crossings));
    process.stdout.write(
      renderAcceptance({
        file,
        ...baseline,
        crossings: baseline.crossings.length,
        contexts: analysis.contexts,
        extended: before !== undefined,
      }),
    );
  },
};

// --- internal ---

/** What was accepted stays where it is; the rest goes where the proposal puts its company. */
function extend(
  facts: Facts,
  accepted: AcceptedContexts,
  wishes: ProposeOptions,
): { contexts: Contexts; unplaced: Placement["unplaced"] } {
  const placement = place(facts, accepted);
  const moves = adopt(placement, propose(facts, wishes));
  return { contexts: moveParts(placement.contexts, moves), unplaced: placement.unplaced };
}

function writtenAs(file: string, where: { path: string; schema: string | undefined }) {
  const schema = where.schema === undefined ? undefined : seenFromPlan(file, where.schema);
  return { path: seenFromPlan(file, where.path), schema };
}

type NextBaseline = { baselineFile: string; crossings: Crossing[]; added: number; gone: number };

function nextBaseline(baselineFile: string, { seams }: Analysis): NextBaseline {
  const before = existsSync(baselineFile) ? parseBaseline(baselineFile, readConfiguration(baselineFile)) : [];
  const { fresh, stale } = checkBoundaries(seams, before);
  const crossings = crossingsOf(seams).map(({ crossing }) => crossing);
  return { baselineFile, crossings, added: fresh.length, gone: stale.length };
}

function acceptedElsewhere(file: string, accepted: string, wanted: string): UsageError {
  return new UsageError(
    `${file} speaks of ${accepted}, not of ${wanted}. Give another folder with --plan, or replace it with --afresh.`,
  );
}
