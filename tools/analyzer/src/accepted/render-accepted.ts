import { stringify } from "yaml";
import { SHARED, type Contexts } from "../contexts/contexts.ts";
import { byText } from "../order.ts";
import type { AcceptedContexts, Pins } from "./accepted-contexts.ts";
import { foldersAndFiles } from "./folder-patterns.ts";

const HEADER = `# yaml-language-server: $schema=./schema/contexts.schema.json
#
# Which files and tables belong together. Written by "strangler accept", kept by people: "strangler check" holds the code
# against it. Paths are relative to \`path\`; a longer pattern wins over a shorter one, a path over both.
# Of \`shared\` (entry points, wiring, helpers) every context may use what it needs.
#
# pins:
#   together: [[src/a.ts, some_table]]   one context, whichever that is
#   apart: [[src/a.ts, src/b.ts]]        never one context
`;

/** The text of `plan/contexts.yaml` for a division. `path` and `schema` are where the analysis looked. */
export function renderAccepted(
  contexts: Contexts,
  where: { path: string; schema: string | undefined },
  pins: Pins | undefined,
): string {
  const files = foldersAndFiles(contexts.files);
  const names = contexts.contexts
    .map(({ name }) => name)
    .sort((a, b) => Number(a === SHARED) - Number(b === SHARED) || byText(a, b));
  const accepted: Omit<AcceptedContexts, "pins"> & { pins?: Pins } = {
    version: 1,
    path: where.path,
    ...(where.schema === undefined ? {} : { schema: where.schema }),
    ...(pins === undefined ? {} : { pins }),
    contexts: Object.fromEntries(
      names.map((name) => [name, { files: files.get(name) ?? [], tables: tablesOf(contexts, name) }]),
    ),
  };
  return `${HEADER}${stringify(accepted, { lineWidth: 120 })}`;
}

// --- internal ---

function tablesOf({ tables }: Contexts, name: string): string[] {
  return Object.keys(tables)
    .filter((table) => tables[table] === name)
    .sort(byText);
}
