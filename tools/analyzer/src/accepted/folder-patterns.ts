import { byText } from "../order.ts";

/**
 * The shortest list of paths and `folder/**` patterns for each group of a division of files: a folder whose files are
 * all of one group becomes a pattern, so that a file added to it tomorrow is already placed.
 */
export function foldersAndFiles(groupOf: Readonly<Record<string, string>>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const root = createFolder();
  for (const [path, group] of Object.entries(groupOf)) insert(root, path.split("/"), group);
  collect(root, "", found);
  for (const patterns of found.values()) patterns.sort(byText);
  return found;
}

// --- internal ---

type Folder = { folders: Map<string, Folder>; files: Map<string, string>; groups: Set<string>; size: number };

function createFolder(): Folder {
  return { folders: new Map(), files: new Map(), groups: new Set(), size: 0 };
}

function insert(root: Folder, [...segments]: string[], group: string): void {
  const name = segments.pop() ?? "";
  let folder = root;
  count(folder, group);
  for (const segment of segments) {
    const inner = folder.folders.get(segment) ?? createFolder();
    folder.folders.set(segment, inner);
    folder = inner;
    count(folder, group);
  }
  folder.files.set(name, group);
}

function count(folder: Folder, group: string): void {
  folder.groups.add(group);
  folder.size += 1;
}

/** A folder with a single file says nothing of the next one. */
const FEWEST_FILES = 2;

function collect(folder: Folder, path: string, found: Map<string, string[]>): void {
  const [only, ...others] = folder.groups;
  const add = (group: string, pattern: string): void => {
    found.set(group, [...(found.get(group) ?? []), pattern]);
  };
  if (only !== undefined && others.length === 0 && folder.size >= FEWEST_FILES) return add(only, `${path}**`);
  for (const [name, group] of folder.files) add(group, `${path}${name}`);
  for (const [name, inner] of folder.folders) collect(inner, `${path}${name}/`, found);
}
