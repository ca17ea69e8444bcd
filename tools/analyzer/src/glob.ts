/** A path pattern as people write it in workspaces and rules: `*` stays within a folder, `**` does not. */
export function globPattern(glob: string): RegExp {
  const known = patterns.get(glob);
  if (known) return known;
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**/", "\0")
    .replaceAll("**", "\u0001")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]")
    .replaceAll("\0", "(?:.*/)?")
    .replaceAll("\u0001", ".*");
  const pattern = new RegExp(`^${source}$`);
  patterns.set(glob, pattern);
  return pattern;
}

// --- internal ---

const patterns = new Map<string, RegExp>();
