import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";
import { readStackPlan } from "../plan/read-stack-plan.ts";
import { assertPortFree } from "../ports.ts";
import { findPostgresBinaries, majorVersion } from "../postgres/binaries.ts";
import { judgeDataDirectory, readDataDirectory } from "../postgres/data-directory.ts";
import { mayEnter, mayRun } from "../postgres/enterable.ts";
import { dataDirectoryOf } from "../postgres/place.ts";
import { findServerUser } from "../postgres/server-user.ts";
import { isSameProcess } from "../process/identity.ts";
import { readProcessRecords } from "../state/process-record.ts";
import { findStackRecord } from "../state/stack-record.ts";
import { statePaths } from "../state/state-directory.ts";
import { failed, ok, type Check } from "./finding.ts";
import { nearestExisting } from "./machine-checks.ts";

export const checkPlan: Check = async ({ planDirectory }) => {
  try {
    const { plan } = await readStackPlan(planDirectory);
    const counts = `${Object.keys(plan.databases).length} databases, ${Object.keys(plan.processes).length} processes`;
    return ok("plan", `${planDirectory}: ${counts}`);
  } catch (error) {
    return failed("plan", messageOf(error), "Correct stack.yaml; an editor completes it with the schema beside it.");
  }
};

export const checkBinaries: Check = async () => {
  try {
    const binaries = await findPostgresBinaries();
    return ok("PostgreSQL", `${majorVersion(binaries)} (${binaries.directory})`);
  } catch (error) {
    return failed("PostgreSQL", messageOf(error), 'Run "npm ci" without --omit=optional, or use --database-url.');
  }
};

export const checkServerUser: Check = () => {
  const user = findServerUser();
  if (process.getuid?.() !== 0) return ok("server's user", "you");
  return user
    ? ok("server's user", `user ${user.uid}, because PostgreSQL refuses to run as root`)
    : failed("server's user", "neither postgres nor nobody exists", 'Run "useradd --system postgres".');
};

export const checkPlace: Check = ({ stateDirectory }) => {
  const paths = statePaths(stateDirectory);
  const place = nearestExisting(paths.postgres);
  if (mayEnter(findServerUser(), place)) return ok("server's place", paths.postgres);
  const elsewhere = nearestExisting(paths.postgresElsewhere);
  return mayEnter(findServerUser(), elsewhere)
    ? ok("server's place", `${paths.postgresElsewhere}, because its user may not enter ${place}`)
    : failed(
        "server's place",
        `its user may enter neither ${place} nor ${elsewhere}`,
        "Name another place with --state.",
      );
};

export const checkServerPrograms: Check = async () => {
  const binaries = await findPostgresBinaries().catch(() => undefined);
  if (!binaries) return failed("server's programs", "not installed", 'Run "npm ci".');
  return mayRun(findServerUser(), path.join(binaries.directory, "postgres"))
    ? ok("server's programs", "its user may run them where they are")
    : ok("server's programs", "are copied to where its user may run them");
};

export const checkDataDirectory: Check = async ({ stateDirectory }) => {
  const paths = statePaths(stateDirectory);
  const record = await findStackRecord(paths);
  if (record?.server.kind === "own") return ok("data", `on your server at ${record.server.at}`);
  const dataDirectory = dataDirectoryOf(record?.server.home ?? paths.postgres);
  const binaries = await findPostgresBinaries().catch(() => undefined);
  const facts = readDataDirectory(dataDirectory);
  const found = judgeDataDirectory(facts, binaries ? majorVersion(binaries) : (facts.version ?? 0));
  switch (found.state) {
    case "other-version":
      return failed("data", `made by PostgreSQL ${found.found}`, 'Run "strangler down --purge" to begin anew.');
    case "half-initialised":
      return ok("data", 'an interrupted start has left it unfinished; "strangler up" begins it anew');
    case "stale-pid-file":
      return ok("data", 'its server has died; "strangler up" starts it again');
    case "absent":
      return ok("data", 'none yet; "strangler up" makes it');
    case "running":
    case "stopped":
      return ok("data", dataDirectory);
  }
};

export const checkStateDirectory: Check = ({ stateDirectory }) => {
  const folder = nearestExisting(stateDirectory);
  try {
    accessSync(folder, constants.W_OK);
    return ok("state directory", stateDirectory);
  } catch {
    return failed("state directory", `${folder} cannot be written`, "Change its owner, or name another with --state.");
  }
};

export const checkSecrets: Check = ({ stateDirectory }) => {
  const { secrets } = statePaths(stateDirectory);
  if (!existsSync(secrets)) return ok("secrets", "none yet");
  const mode = statSync(secrets).mode & 0o777;
  return (mode & 0o077) === 0
    ? ok("secrets", "readable by you only")
    : failed("secrets", `others may read ${secrets}`, `Run "chmod 600 ${secrets}".`);
};

export const checkPorts: Check = async ({ planDirectory, stateDirectory }) => {
  const checked = await readStackPlan(planDirectory).catch(() => undefined);
  if (!checked) return failed("ports", "unknown while the plan is wrong", "Correct the plan first.");
  const running = await runningNames(stateDirectory);
  const wanted = Object.entries(checked.plan.processes).filter(([name]) => !running.includes(name));
  try {
    for (const [name, { ports }] of wanted) {
      for (const port of Object.values(ports)) await assertPortFree(port, name);
    }
    return ok("ports", wanted.length === 0 ? "in use by this stack" : "the plan's are free");
  } catch (error) {
    return failed(
      "ports",
      messageOf(error).split(". ")[0] ?? "",
      'End that process, or run "strangler up --ports free".',
    );
  }
};

export const checkProcesses: Check = async ({ stateDirectory }) => {
  const records = await readProcessRecords(statePaths(stateDirectory));
  const dead = records.filter(({ identity }) => !isSameProcess(identity)).map(({ name }) => name);
  if (dead.length > 0) return failed("processes", `${dead.join(", ")} has ended`, 'Run "strangler up -d".');
  return ok("processes", records.length === 0 ? "none started" : `${records.length} running`);
};

// --- internal ---

async function runningNames(stateDirectory: string): Promise<string[]> {
  const records = await readProcessRecords(statePaths(stateDirectory));
  return records.filter(({ identity }) => isSameProcess(identity)).map(({ name }) => name);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
