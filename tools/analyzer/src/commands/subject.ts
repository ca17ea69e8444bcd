import { place } from "../accepted/place.ts";
import { propose } from "../analyze.ts";
import type { Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { readFacts } from "../read/read-facts.ts";
import { cacheFolder, type CacheArguments } from "./cache-option.ts";
import { findAgreed, samePath, type PlanArguments } from "./plan.ts";
import { showProgress } from "./progress.ts";

export type SubjectArguments = CacheArguments &
  PlanArguments & { path: string | undefined; schema: string | undefined };

/** The code a command speaks of, and how it is divided: as people accepted it, or else as proposed. */
export type Subject = { path: string; facts: Facts; contexts: Contexts; accepted: boolean };

/**
 * Reads the code. Without a path it is the one that the accepted contexts name, or else this folder; contexts that were
 * accepted for another folder say nothing of this one.
 */
export async function readSubject({ path, plan, schema, cache }: SubjectArguments): Promise<Subject> {
  const found = findAgreed(plan);
  const agreed = found && (path === undefined || samePath(path, found.path)) ? found : undefined;
  const folder = path ?? agreed?.path ?? ".";
  const progress = showProgress(process.stderr, "reading");
  const reading = { schema: schema ?? agreed?.schema, cache: cacheFolder({ cache }), onProgress: progress.step };
  const facts = await readFacts(folder, reading).finally(progress.end);
  const contexts = agreed ? place(facts, agreed.accepted).contexts : propose(facts);
  return { path: folder, facts, contexts, accepted: agreed !== undefined };
}
