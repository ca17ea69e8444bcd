import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";

/**
 * The Prisma schemas in the folder. Where there are none, the one of the nearest package above: the folder may be the
 * source folder of a package that keeps its schema beside it.
 */
export function findPrismaSchemas(root: string, assets: readonly string[]): string[] {
  const inside = schemasAmong(assets);
  return inside.length > 0 ? inside : schemaAbove(root);
}

// --- internal ---

function isSchema(path: string): boolean {
  return path.endsWith(".prisma");
}

// Beside the schemas of the program, a tree may hold others as examples or data: those lie where Prisma does not look.
function schemasAmong(assets: readonly string[]): string[] {
  const all = assets.filter((path) => isSchema(path) && !EXAMPLES.test(path));
  const usual = all.filter((path) => USUAL_PLACE.test(path));
  return usual.length > 0 ? usual : all;
}

const USUAL_PLACE = /(?:^|\/)(?:schema\.prisma$|prisma\/|schema\/)/;
const EXAMPLES = /(?:^|\/)(?:tests?|__tests__|__fixtures__|fixtures|e2e|examples?|templates?)\//;

function schemaAbove(root: string): string[] {
  for (let folder = root; !existsSync(join(folder, ".git")); folder = dirname(folder)) {
    if (dirname(folder) === folder) return [];
    const above = dirname(folder);
    const found = schemaOf(above).map((path) => relative(root, path).split(sep).join(posix.sep));
    if (found.length > 0 || existsSync(join(above, "package.json"))) return found;
  }
  return [];
}

// Where Prisma itself looks: the place that package.json names, or one of two by default, a file or a folder.
function schemaOf(folder: string): string[] {
  const places = [configuredPlace(folder), "prisma/schema.prisma", "schema.prisma", "prisma/schema", "prisma"];
  for (const place of places) {
    const path = place === null ? null : join(folder, place);
    const stats = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path === null || !stats) continue;
    if (stats.isFile() && isSchema(path)) return [path];
    const inside = stats.isDirectory() ? schemasIn(path) : [];
    if (inside.length > 0) return inside;
  }
  return [];
}

function schemasIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(isSchema)
    .sort()
    .map((path) => join(folder, path));
}

function configuredPlace(folder: string): string | null {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const settings = member(manifest, "prisma");
    const place = member(settings, "schema");
    return typeof place === "string" ? place : null;
  } catch {
    return null; // no manifest, or one that is none: then the default places count
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
