import { ServerDiffersError } from "./errors.ts";
import { OWN_SERVER_PREFIX, placeOf, type DatabaseServer } from "./postgres/addresses.ts";
import { startEmbeddedServer } from "./postgres/embedded-server.ts";
import { assertNamesFree, assertUsable } from "./postgres/own-server.ts";
import type { Session } from "./postgres/session.ts";
import type { Secrets } from "./state/secrets.ts";
import { saveStackRecord, type EmbeddedServer, type OwnServer, type StackRecord } from "./state/stack-record.ts";
import type { StatePaths } from "./state/state-directory.ts";

/** Which server the stack's data is to be on. Throws ServerDiffersError when it is on another one already. */
export function chooseServer(
  kept: StackRecord | undefined,
  paths: StatePaths,
  databaseUrl: string | undefined,
): EmbeddedServer | OwnServer {
  const wanted = databaseUrl === undefined ? undefined : placeOf(databaseUrl);
  if (kept === undefined) {
    return wanted === undefined
      ? { kind: "embedded", home: paths.postgres }
      : { kind: "own", at: wanted, created: { databases: [], roles: [] } };
  }
  const has = kept.server.kind === "own" ? kept.server.at : "the embedded server";
  if (wanted !== undefined && wanted !== has) throw new ServerDiffersError(has, wanted);
  return kept.server;
}

/** The server as the stack's record and secrets describe it, whether it runs or not. */
export function serverOf(record: StackRecord, secrets: Secrets): DatabaseServer {
  if (record.server.kind === "own") {
    return { adminUrl: withDatabase(secrets.ownServerUrl ?? ""), prefix: OWN_SERVER_PREFIX };
  }
  const url = new URL(`postgres://postgres@127.0.0.1:${record.ports.postgres}/postgres`);
  url.password = secrets.superuser;
  return { adminUrl: url.href, prefix: "" };
}

/** Starts the embedded server, or looks whether one's own can be used. Answers how to undo it. */
export async function startServer(
  paths: StatePaths,
  record: StackRecord,
  secrets: Secrets,
  onProgress: (line: string) => void,
): Promise<{ undo: () => Promise<void> }> {
  if (record.server.kind === "own") {
    await assertUsable(serverOf(record, secrets).adminUrl);
    return { undo: async () => undefined };
  }
  const started = await startEmbeddedServer({
    paths,
    port: record.ports.postgres,
    password: secrets.superuser,
    onProgress,
  });
  record.server.home = started.home;
  record.ports.postgres = started.cluster.port;
  await saveStackRecord(paths, record);
  return { undo: () => (started.alreadyRan ? Promise.resolve() : started.cluster.stop()) };
}

/** On somebody else's server: first looks that the names are free, then writes down what is going to be made. */
export async function reserveNames(
  paths: StatePaths,
  record: StackRecord,
  session: Session,
  wanted: { databases: string[]; roles: string[] },
): Promise<void> {
  if (record.server.kind === "embedded") return;
  const { at, created } = record.server;
  await assertNamesFree(session, at, wanted, created);
  record.server.created = {
    databases: [...new Set([...created.databases, ...wanted.databases])],
    roles: [...new Set([...created.roles, ...wanted.roles])],
  };
  await saveStackRecord(paths, record);
}

// --- internal ---

// An address may come without a database, and would then mean one named after its user.
function withDatabase(url: string): string {
  const address = new URL(url);
  if (address.pathname === "" || address.pathname === "/") address.pathname = "/postgres";
  return address.href;
}
