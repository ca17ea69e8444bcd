/** What the checks need of a Dockerfile. */
export type Dockerfile = {
  stages: number;
  /** Sources of COPY instructions that come from the build context. */
  copies: { line: number; source: string }[];
  /** The user of the last stage; undefined is root. */
  user?: string;
  /** The words of CMD in its exec form. */
  command: string[];
};

/** Reads the instructions that the checks look at; one instruction a line, as ours are written. Pure. */
export function parseDockerfile(text: string): Dockerfile {
  const found: Dockerfile = { stages: 0, copies: [], command: [] };
  for (const [index, line] of text.split("\n").entries()) {
    const [instruction = "", ...words] = line.trim().split(/\s+/);
    switch (instruction) {
      case "FROM":
        found.stages += 1;
        delete found.user;
        break;
      case "COPY":
        found.copies.push(...sourcesOf(words).map((source) => ({ line: index + 1, source })));
        break;
      case "USER":
        found.user = words[0] ?? "root";
        break;
      case "CMD":
        found.command = JSON.parse(line.trim().slice("CMD".length)) as string[];
        break;
    }
  }
  return found;
}

// --- internal ---

function sourcesOf(words: readonly string[]): string[] {
  if (words.some((word) => word.startsWith("--from="))) return [];
  return words.filter((word) => !word.startsWith("--")).slice(0, -1);
}
