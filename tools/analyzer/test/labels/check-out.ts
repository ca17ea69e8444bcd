import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const READ_BY_US = /\.(?:[cm]?[jt]sx?|json|prisma|sql)$/u;
const REGULAR_FILE = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/u;
const MAX_OUTPUT = 1 << 30;

/**
 * Where `owner/name` lies in a folder of mirrors: bare or with a work tree, as `owner+name`, with or without a `repo`
 * folder inside; null where it is not there.
 */
export function gitDirectory(mirror: string, repository: string): string | null {
  const base = join(mirror, repository.replace("/", "+"));
  const places = ["repo/.git", "repo", ".git", ""].map((inside) => join(base, inside));
  return places.find((place) => ["HEAD", "objects"].every((part) => existsSync(join(place, part)))) ?? null;
}

/** Writes the commit's source files below `paths` into `into`. Blobs that a partial mirror lacks are left out. */
export function checkOut(git: string, commit: string, paths: string[], into: string): void {
  const listing = run(git, ["ls-tree", "-r", commit, "--", ...paths]).toString("utf8");
  const blobs = listing.split("\n").flatMap((line) => {
    const [, hash, path] = REGULAR_FILE.exec(line) ?? [];
    return hash !== undefined && path !== undefined && READ_BY_US.test(path) ? [{ hash, path }] : [];
  });
  const contents = readBlobs(
    git,
    blobs.map(({ hash }) => hash),
  );
  for (const [index, { path }] of blobs.entries()) write(join(into, path), contents[index] ?? null);
}

/** In the order asked for, as `git cat-file --batch` answers: a line with the size, the bytes, a line end. */
function readBlobs(git: string, hashes: string[]): (Buffer | null)[] {
  const answer = run(git, ["cat-file", "--batch"], hashes.join("\n") + "\n");
  let at = 0;
  return hashes.map(() => {
    const end = answer.indexOf("\n", at);
    const size = / blob (\d+)$/u.exec(answer.toString("utf8", at, end))?.[1];
    at = end + 1;
    if (size === undefined) return null;
    at += Number(size) + 1;
    return answer.subarray(end + 1, at - 1);
  });
}

function write(path: string, content: Buffer | null): void {
  if (content === null) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function run(git: string, args: string[], input?: string): Buffer {
  const options = { maxBuffer: MAX_OUTPUT, ...(input === undefined ? {} : { input }) };
  return execFileSync("git", [`--git-dir=${git}`, ...args], options);
}
