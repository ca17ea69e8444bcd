import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";

export type Edge = { file: string; line: number; specifier: string; to: string };

/**
 * Where TypeScript itself finds what the files import: its own list of a program's module names, and its own
 * resolution with the options of each file's nearest tsconfig. `packages` (name -> folder) stand in for the links
 * that an installer makes for the packages of a workspace. Only targets inside of the root count.
 */
export function typescriptImports(root: string, files: readonly string[], packages: Record<string, string>): Edge[] {
  const host = createHost(root, packages);
  const projects = createProjects(root, host);
  return files.flatMap((file) => {
    const project = projects(join(root, file));
    return moduleNames(join(root, file), project.options, host).flatMap(({ text, line, mode }): Edge[] => {
      const { resolvedModule } = ts.resolveModuleName(
        text,
        join(root, file),
        project.options,
        host,
        project.cache,
        undefined,
        mode,
      );
      const to = resolvedModule && inside(root, host.linkTarget(resolvedModule.resolvedFileName));
      return to ? [{ file, line, specifier: text, to }] : [];
    });
  });
}

// --- internal ---

type Host = ts.ModuleResolutionHost & ts.ParseConfigFileHost & { linkTarget(path: string): string };

function createHost(root: string, packages: Record<string, string>): Host {
  const links = Object.entries(packages).map(
    ([name, folder]) => [join(root, "node_modules", name), join(root, folder)] as const,
  );
  const linkTarget = (path: string): string => {
    const link = links.find(([from]) => path === from || path.startsWith(from + sep));
    return link ? link[1] + path.slice(link[0].length) : path;
  };
  const scopes = new Set([join(root, "node_modules"), ...links.map(([from]) => dirname(from))]);
  return {
    ...ts.sys,
    useCaseSensitiveFileNames: true,
    linkTarget,
    fileExists: (path) => ts.sys.fileExists(linkTarget(path)),
    directoryExists: (path) => scopes.has(path) || ts.sys.directoryExists(linkTarget(path)),
    readFile: (path) => ts.sys.readFile(linkTarget(path)),
    realpath: (path) => (existsSync(linkTarget(path)) ? realpathSync(linkTarget(path)) : path),
    getCurrentDirectory: () => root,
    onUnRecoverableConfigFileDiagnostic: () => undefined,
  };
}

type Project = { options: ts.CompilerOptions; cache: ts.ModuleResolutionCache };

function createProjects(root: string, host: Host): (file: string) => Project {
  const known = new Map<string, Project>();
  return (file) => {
    const config = nearestConfig(root, dirname(file)) ?? "";
    const before = known.get(config);
    if (before) return before;
    const options = optionsOf(config, host);
    const cache = ts.createModuleResolutionCache(root, (name) => name, options);
    const project = { options, cache };
    known.set(config, project);
    return project;
  };
}

function nearestConfig(root: string, folder: string): string | undefined {
  const found = ["tsconfig.json", "jsconfig.json"].map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  return folder === root || dirname(folder) === folder ? undefined : nearestConfig(root, dirname(folder));
}

/**
 * What the config says. One that extends a package which is not installed loses that package's settings, and without
 * any the compiler falls back to a resolution of 2012 that finds no index files; a bundler's rules take its place.
 */
function optionsOf(config: string, host: Host): ts.CompilerOptions {
  const parsed = config === "" ? undefined : ts.getParsedCommandLineOfConfigFile(config, {}, host);
  const said = withReferences(parsed, host);
  const modern = said.moduleResolution !== undefined || said.module === ts.ModuleKind.CommonJS;
  const nodeLike = said.module !== undefined && said.module >= ts.ModuleKind.Node16;
  return {
    ...said,
    allowJs: true,
    resolveJsonModule: true,
    noLib: true,
    ...(modern || nodeLike ? {} : { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }),
  };
}

// A solution file has no settings of its own; the first project it refers to that maps names speaks for it.
function withReferences(parsed: ts.ParsedCommandLine | undefined, host: Host): ts.CompilerOptions {
  if (!parsed) return {};
  const { options, projectReferences = [] } = parsed;
  if (options.paths || options.baseUrl !== undefined) return options;
  for (const reference of projectReferences) {
    const path = ts.resolveProjectReferencePath(reference);
    const other = existsSync(path) ? ts.getParsedCommandLineOfConfigFile(path, {}, host)?.options : undefined;
    if (other?.paths || other?.baseUrl !== undefined) return other;
  }
  return options;
}

type ModuleName = { text: string; line: number; mode: ts.ResolutionMode };

// The compiler keeps what it collects on the file, but the published type leaves the field out.
type WithImports = ts.SourceFile & { imports?: readonly ts.StringLiteralLike[] };

function moduleNames(file: string, options: ts.CompilerOptions, host: Host): ModuleName[] {
  const compiler = ts.createCompilerHost(options, true);
  const program = ts.createProgram({
    rootNames: [file],
    options: { ...options, noResolve: true, types: [] },
    host: { ...compiler, readFile: (path) => host.readFile(path) },
  });
  const source: WithImports | undefined = program.getSourceFile(file);
  return (source?.imports ?? []).flatMap((name) => {
    if (!source || name.pos < 0) return []; // names that the compiler adds itself, such as importHelpers
    const line = source.getLineAndCharacterOfPosition(name.getStart(source)).line + 1;
    return [{ text: name.text, line, mode: program.getModeForUsageLocation(source, name) }];
  });
}

function inside(root: string, path: string): string | null {
  const name = relative(root, path).split(sep).join("/");
  return name.startsWith("../") || name.includes("node_modules/") ? null : name;
}
