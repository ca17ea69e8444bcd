import { place } from "../accepted/place.ts";
import { propose } from "../analyze.ts";
import type { Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { readFacts } from "../read/read-facts.ts";
import { cacheFolder, type CacheArguments } from "./cache-option.ts";
import { findAccepted } from "./files.ts";
import { showProgress } from "./progress.ts";

export type SubjectArguments = CacheArguments & {
  path: string | undefined;
  plan: string | undefined;
  schema: string | undefined;
};

/** The code a command speaks of, and how it is divided: as people accepted it, or else as proposed. */
export type Subject = { path: string; facts: Facts; contexts: Contexts; accepted: boolean };

/**
 * Reads the code. Without a path it is the one that the accepted contexts name, or else this folder; contexts that were
 * accepted for another folder say nothing of this one.
 */
export async function readSubject({ path, plan, schema, cache }: SubjectArguments): Promise<Subject> {
  const found = findAccepted(plan);
  const agreed = found && (path === undefined || samePath(path, found.accepted.path)) ? found.accepted : undefined;
  const folder = path ?? agreed?.path ?? ".";
  const progress = showProgress(process.stderr, "reading");
  const reading = { schema: schema ?? agreed?.schema, cache: cacheFolder({ cache }), onProgress: progress.step };
  const facts = await readFacts(folder, reading).finally(progress.end);
  const contexts = agreed ? place(facts, agreed).contexts : propose(facts);
  return { path: folder, facts, contexts, accepted: agreed !== undefined };
}

// --- internal ---

function samePath(a: string, b: string): boolean {
  const plain = (path: string): string => path.replace(/^\.\//, "").replace(/\/+$/, "");
  return plain(a) === plain(b);
}
