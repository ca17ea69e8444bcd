import type { LinkKind, Place } from "../facts.ts";
import type { Resolution } from "../resolve/resolver.ts";

/** All imports of a tree of packages, as a check of rules needs them. Paths are relative to the folder that was read. */
export type Imports = {
  /** Packages of the tree; `folder` is `.` for the root. */
  packages: { name: string; folder: string }[];
  imports: ImportRecord[];
};

export type ImportRecord = Place & { specifier: string; kind: LinkKind; target: Resolution };
