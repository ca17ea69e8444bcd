import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { errorCode } from "@strangler/platform";
import { findJava, keepJars } from "@strangler/stack";

/** "group:artifact:version", as Maven Central knows it. */
export type Coordinate = string;

/** What comes from Maven Central could not be had: no Java, no Maven, no way out, or no such artifact. */
export class MavenMissingError extends Error {
  readonly code = "MAVEN_MISSING";
}

/** A folder with these artifacts and all that they need to run, fetched once and kept in `.cache/maven`. Throws MavenMissingError. */
export async function fetchJars(name: string, artifacts: readonly Coordinate[]): Promise<string> {
  try {
    return await keepJars({ maven: "mvn" }, CACHE, { name, dependencies: artifacts });
  } catch (error) {
    if (errorCode(error) !== "KAFKA_JARS_MISSING") throw error;
    throw new MavenMissingError((error as Error).message);
  }
}

/** A folder with an unpacked archive ("group:artifact:version:tar.gz:classifier"), fetched once. Throws MavenMissingError. */
export async function fetchArchive(coordinate: Coordinate): Promise<string> {
  const [group = "", artifact = "", version = "", type = "", classifier = ""] = coordinate.split(":");
  const folder = path.join(CACHE, `${artifact}-${version}`);
  if (existsSync(folder)) return folder;
  return keep(folder, async (unfinished) => {
    await maven(["dependency:get", `-Dartifact=${coordinate}`, "-Dtransitive=false"], coordinate);
    const file = `${artifact}-${version}-${classifier}.${type}`;
    const downloaded = path.join(homedir(), ".m2/repository", group.replaceAll(".", "/"), artifact, version, file);
    await copyFile(downloaded, path.join(unfinished, file));
    await run("tar", ["xzf", path.join(unfinished, file), "-C", unfinished]);
    await rm(path.join(unfinished, file));
  });
}

/** What `testWith` is told: undefined when everything is here. `fetch` is what has to be there. */
export async function missingFromMaven(fetch: () => Promise<unknown>): Promise<string | undefined> {
  try {
    const java = findJava(process.env);
    if (typeof java === "string") return java;
    await fetch();
    return undefined;
  } catch (error) {
    if (error instanceof MavenMissingError) return error.message;
    throw error;
  }
}

// --- internal ---

const CACHE = path.resolve(import.meta.dirname, "../../../.cache/maven");
const run = promisify(execFile);

// Several test files may want the same at once: each fetches into a folder of its own, and the first to be done keeps its own.
async function keep(folder: string, fill: (unfinished: string) => Promise<void>): Promise<string> {
  const unfinished = `${folder}.${randomBytes(4).toString("hex")}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await fill(unfinished);
    if ((await readdir(unfinished)).length === 0) throw new MavenMissingError(`nothing came for ${folder}`);
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function maven(args: readonly string[], wanted: string): Promise<void> {
  try {
    await run("mvn", ["-B", "-q", ...args], { timeout: 300_000, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stdout = "" } = error as { stdout?: string };
    const said = stdout.split("\n").find((line) => line.includes("ERROR")) ?? String(error).split("\n")[0];
    throw new MavenMissingError(`not to be had from Maven Central: ${wanted} (${said?.slice(0, 300)})`);
  }
}
