/** One commit: the files it changed, under the names they have in it. A rename says where the content came from. */
export type Commit = { files: string[]; renames: { from: string; to: string }[] };

/** What `git log --format` has to print at the beginning of each commit: a character that no path holds. */
export const COMMIT_FORMAT = "%x01";

/**
 * The output of `git log -z --name-status`, newest first: a mark for each commit, then for each file a letter and its
 * path, or a letter, the old path and the new one.
 */
export function parseLog(text: string): Commit[] {
  const commits: Commit[] = [];
  const tokens = text.split("\0");
  for (let place = 0; place < tokens.length; place++) {
    const token = (tokens[place] ?? "").trimStart();
    const commit = commits.at(-1);
    if (token === COMMIT_MARK) {
      commits.push({ files: [], renames: [] });
    } else if (commit && MOVED.test(token)) {
      const [from = "", to = ""] = [tokens[++place], tokens[++place]];
      commit.files.push(to);
      if (token.startsWith("R")) commit.renames.push({ from, to });
    } else if (commit && token !== "") {
      commit.files.push(tokens[++place] ?? "");
    }
  }
  return commits;
}

// --- internal ---

const COMMIT_MARK = "\u0001";

const MOVED = /^[RC]\d+$/;
