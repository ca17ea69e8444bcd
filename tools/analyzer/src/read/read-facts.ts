import type { Facts } from "../facts.ts";
import { findCommit, readHistory, withoutHistory } from "./history/read-history.ts";
import { openTree, type ReadOptions, type Tree } from "./open-tree.ts";

export type HistoryOption = {
  /** False: the version history is not asked which files change together. */
  history?: boolean | undefined;
};

/** Up to where the version history is read; null for not at all. */
export type Past = { folder: string; commit: string | null } | null;

/** Reads a folder and links what it says. Throws PathMissingError or NoSourceFilesError. */
export async function readFacts(path: string, options: ReadOptions & HistoryOption = {}): Promise<Facts> {
  return linkFacts(openTree(path, options), await findPast(path, options));
}

export async function findPast(folder: string, { history }: HistoryOption): Promise<Past> {
  return history === false ? null : { folder, commit: await findCommit(folder) };
}

/** The parsers are loaded only where something has changed since the last time. */
export function linkFacts(tree: Tree, past: Past): Promise<Facts> {
  const make = async (): Promise<Facts> => {
    const sources = await tree.sources();
    const { link } = await import("../link/link.ts");
    const { createSqlReader } = await import("./sql/read-sql.ts");
    const facts = link(sources, await createSqlReader());
    return { ...facts, ...(await historyOf(past, facts)) };
  };
  return tree.remember(past === null ? "facts without history" : "facts", make, past?.commit ?? "");
}

// --- internal ---

function historyOf(past: Past, { files }: Facts): Promise<Pick<Facts, "history" | "changes">> {
  if (past === null) return Promise.resolve(withoutHistory("it was not asked for"));
  return readHistory(
    past.folder,
    past.commit,
    files.map(({ path }) => path),
  );
}
