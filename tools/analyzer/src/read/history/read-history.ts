import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Changes } from "../../facts.ts";
import { countChanges, type History } from "./co-change.ts";
import { COMMIT_FORMAT, parseLog } from "./parse-log.ts";

/** The history is optional: more than this is not waited for. */
const LONGEST_MS = 10_000;
/** Of the whole repository, so that the time does not depend on how often the folder was touched. */
const MOST_COMMITS = 10_000;
const MOST_BYTES = 64 * 2 ** 20;
/** Fewer commits say more of chance than of the code; a shallow clone has as few. */
const FEWEST_COMMITS = 50;

/** The commit that a folder is at; null without git, without a repository and without a commit. */
export async function findCommit(folder: string): Promise<string | null> {
  const answer = await git(folder, ["rev-parse", "--verify", "HEAD"]);
  return answer.text?.trim() ?? null;
}

/** Asks git which files of a folder were changed together up to a commit. Never throws: `missing` says what stood against it. */
export async function readHistory(folder: string, commit: string | null, files: readonly string[]): Promise<History> {
  if (commit === null) return withoutHistory("git is missing, or the folder is in no repository with a commit");
  const answer = await git(folder, ["log", ...LOG, commit]);
  if (answer.text === null) return withoutHistory(answer.reason);
  const commits = parseLog(answer.text).filter((one) => one.files.length > 0);
  if (commits.length < FEWEST_COMMITS) {
    return withoutHistory(`fewer than ${FEWEST_COMMITS} commits touch the folder`);
  }
  return countChanges(commits, new Set(files));
}

/** A history that was not read. */
export function withoutHistory(missing: string): { history: []; changes: Changes } {
  return { history: [], changes: { commits: 0, files: {}, missing } };
}

// --- internal ---

const LOG = [
  `--max-count=${MOST_COMMITS}`,
  "--no-merges",
  "--relative",
  "--name-status",
  // Only moves without an edit: they show in the trees alone, and reading contents would take most of the time and
  // fetch them in a partial clone.
  "--find-renames=100%",
  "--no-ext-diff",
  "--no-textconv",
  "-z",
  `--format=${COMMIT_FORMAT}`,
];

// What a stranger's repository is configured to do must not make git start other programs or use the network.
const HARMLESS = ["log.showSignature=false", "core.fsmonitor=false", "remote.origin.promisor=false"];

type Answer = { text: string } | { text: null; reason: string };

function git(folder: string, args: readonly string[]): Promise<Answer> {
  const root = findRoot(resolve(folder));
  if (root === null) return Promise.resolve({ text: null, reason: "the folder is in no git repository" });
  // Named, because inside of a git hook the environment names another one.
  const repository = [`--git-dir=${join(root, ".git")}`, `--work-tree=${root}`, "--no-pager"];
  const settings = HARMLESS.flatMap((setting) => ["-c", setting]);
  const options = { cwd: folder, timeout: LONGEST_MS, maxBuffer: MOST_BYTES, windowsHide: true };
  return new Promise((done) => {
    execFile("git", [...repository, ...settings, ...args], options, (error, text) => {
      done(error ? { text: null, reason: reasonOf(error) } : { text });
    });
  });
}

function findRoot(folder: string): string | null {
  if (existsSync(join(folder, ".git"))) return folder;
  const above = dirname(folder);
  return above === folder ? null : findRoot(above);
}

function reasonOf({ code, killed }: { code?: string | number | null; killed?: boolean }): string {
  if (code === "ENOENT") return "git is not installed";
  if (killed === true) return `git took longer than ${LONGEST_MS / 1000} s`;
  return "git could not read the history";
}
