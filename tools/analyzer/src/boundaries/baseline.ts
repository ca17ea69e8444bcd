import { stringify } from "yaml";
import { z } from "zod";
import { byText, sortedBy } from "../order.ts";
import { ConfigurationInvalidError } from "../errors.ts";
import { parseYamlFile } from "../yaml-file.ts";
import type { Crossing } from "./crossing.ts";

const baselineSchema = z.strictObject({
  version: z.literal(1),
  /** `from -> to`: what crosses from one context to the other. */
  crossings: z.record(z.string(), z.array(z.string())),
});

const HEADER = `# What already crossed a boundary when the contexts were accepted. "strangler check" lets these pass and nothing else; a
# line whose code is gone fails too, until "strangler check --shrink" takes it out. Nothing adds a line but
# "strangler accept".
`;

/** Where the baseline of a file of accepted contexts lies: beside it. */
export function baselineFileOf(acceptedFile: string): string {
  return acceptedFile.replace(/(\.ya?ml)?$/, ".baseline.yaml");
}

/** Parses a baseline; `file` is named in complaints. Throws ConfigurationInvalidError. */
export function parseBaseline(file: string, text: string): Crossing[] {
  const { crossings } = parseYamlFile(file, text, baselineSchema);
  return Object.entries(crossings).flatMap(([pair, list]) => {
    const [from, to] = pair.split(" -> ");
    if (from === undefined || to === undefined) {
      throw new ConfigurationInvalidError(file, `"${pair}" does not read "context -> context"`, null);
    }
    return list.map((what) => ({ from, to, what }));
  });
}

/** The text of a baseline file. Equal crossings give equal bytes. */
export function renderBaseline(crossings: readonly Crossing[]): string {
  const pairs = new Map<string, string[]>();
  for (const { from, to, what } of crossings) {
    const pair = `${from} -> ${to}`;
    pairs.set(pair, [...(pairs.get(pair) ?? []), what]);
  }
  const sorted = sortedBy([...pairs], ([pair]) => pair).map(([pair, list]): [string, string[]] => [
    pair,
    [...new Set(list)].sort(byText),
  ]);
  return `${HEADER}${stringify({ version: 1, crossings: Object.fromEntries(sorted) }, { lineWidth: 0 })}`;
}
