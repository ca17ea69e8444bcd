import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { errorCode } from "@strangler/platform";
import { KafkaJarsMissingError } from "../errors.ts";
import type { Java } from "./java.ts";

/** Files of Maven Central, as "group:artifact:version", with ":type" and ":classifier" behind it where they are not plain jars. */
export type JarSet = { name: string; dependencies: readonly string[] };

/**
 * The folder with the set's files and with all that they need at run time. Fetched by Maven the first time and kept in
 * `cacheDirectory/<name>`; processes that want the same set at once fetch it once. Throws KafkaJarsMissingError.
 */
export async function keepJars({ maven }: Pick<Java, "maven">, cacheDirectory: string, set: JarSet): Promise<string> {
  const folder = path.join(cacheDirectory, set.name);
  if (existsSync(folder)) return folder;
  await mkdir(cacheDirectory, { recursive: true });
  return withLock(path.join(cacheDirectory, "lock"), async () => {
    if (!existsSync(folder)) await fetchJars(maven, cacheDirectory, folder, set);
    return folder;
  });
}

// --- internal ---

const FETCH_LIMIT_MS = 5 * 60_000;

async function fetchJars(maven: string, cacheDirectory: string, folder: string, set: JarSet): Promise<void> {
  const work = await mkdtemp(path.join(cacheDirectory, "fetch-"));
  try {
    await writeFile(path.join(work, "pom.xml"), projectOf(set));
    const { status, talk } = await run(maven, work);
    if (status !== 0) throw new KafkaJarsMissingError(set.name, firstComplaint(talk));
    // All or nothing: whoever sees the folder sees every file.
    await rename(path.join(work, "jars"), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function run(maven: string, directory: string): Promise<{ status: number | null; talk: string }> {
  const child = spawn(
    maven,
    ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars"],
    { cwd: directory, stdio: ["ignore", "pipe", "pipe"], signal: AbortSignal.timeout(FETCH_LIMIT_MS) },
  );
  let talk = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (talk += chunk.toString()));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, talk };
}

function firstComplaint(talk: string): string {
  const line = talk.split("\n").find((each) => each.includes("ERROR")) ?? "Maven gave no reason";
  return stripVTControlCharacters(line).replace(/^\[ERROR\] /, "");
}

function projectOf({ name, dependencies }: JarSet): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>strangler</groupId><artifactId>${name}</artifactId><version>1</version>
<dependencies>
${dependencies.map(dependencyOf).join("\n")}
</dependencies></project>
`;
}

const PARTS = ["groupId", "artifactId", "version", "type", "classifier"];

function dependencyOf(coordinates: string): string {
  const parts = coordinates.split(":").map((part, place) => `<${PARTS[place]}>${part}</${PARTS[place]}>`);
  return `<dependency>${parts.join("")}</dependency>`;
}

// A folder is made by one of many or by none, on every file system. Maven's own store does not like two at once.
async function withLock<Result>(lock: string, work: () => Promise<Result>): Promise<Result> {
  while (!(await takeLock(lock))) await pause(200);
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
  const since = await stat(lock).catch(() => undefined);
  // Whoever holds it longer than a fetch may take was killed.
  if (since !== undefined && Date.now() - since.mtimeMs > FETCH_LIMIT_MS + 10_000)
    await rm(lock, { recursive: true, force: true });
  return false;
}
