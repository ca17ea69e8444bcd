/**
 * What decides where an import leads, as plain data. Paths are relative to the analysed folder; they start with `../`
 * where a configuration above it is in force.
 */
export type Layout = {
  /** Base name of the analysed folder. */
  folder: string;
  code: string[];
  assets: string[];
  aliases: AliasSet[];
  packages: PackageManifest[];
  /** Workspace patterns of pnpm; those of npm and yarn stand in the manifests. */
  workspaces: string[];
};

/** `paths` and `baseUrl` of one tsconfig, in force for its folder and everything below that has no nearer one. */
export type AliasSet = { folder: string; baseUrl: string | null; aliases: Alias[] };
export type Alias = { pattern: string; targets: string[] };

export type PackageManifest = {
  folder: string;
  name: string | null;
  exports: unknown;
  imports: Record<string, unknown>;
  /** Other entry points, best first. */
  entries: string[];
  dependencies: string[];
  workspaces: string[];
};
