import { errorCode } from "@strangler/platform";
import { DataWithoutSecretsError } from "./errors.ts";
import { readStackPlan, type CheckedStackPlan } from "./plan/read-stack-plan.ts";
import { listReferences } from "./plan/references.ts";
import { assertPortFree, choosePorts } from "./ports.ts";
import { assertUsable } from "./postgres/own-server.ts";
import { listRoles } from "./postgres/roles.ts";
import { assertSeedsPossible, prepareDatabases } from "./prepare-databases.ts";
import { endForgottenProcesses } from "./process/end.ts";
import { identify, isSameProcess } from "./process/identity.ts";
import type { StackRequest } from "./stack-request.ts";
import { chooseBroker, startBroker } from "./kafka/stack-broker.ts";
import { addressesOf } from "./stack-addresses.ts";
import { chooseServer, reserveNames, serverOf, startServer } from "./stack-server.ts";
import { startProcesses } from "./start-processes.ts";
import { withStackLock } from "./state/lock.ts";
import { readProcessRecords } from "./state/process-record.ts";
import { keepSecrets } from "./state/secrets.ts";
import { findStackRecord, saveStackRecord, type EmbeddedServer, type StackRecord } from "./state/stack-record.ts";
import { openStateDirectory, type StatePaths } from "./state/state-directory.ts";
import { stopStack } from "./stop-stack.ts";

export type Stack = {
  /** Names of the processes that this call started; the others ran already. */
  started: string[];
  close: () => Promise<void>;
};

/**
 * Brings the whole stack up: server, databases, migrations, seeds, processes, each healthy. What runs already is left alone, what
 * has died is started again. When a step fails, what this call had started is stopped and the error says what to do.
 */
export async function startStack(request: StackRequest): Promise<Stack> {
  const checked = await readStackPlan(request.planDirectory, { rootDirectory: request.rootDirectory });
  const paths = await openStateDirectory(request.stateDirectory);
  return withStackLock(paths, async () => {
    const onProgress = request.onProgress ?? (() => undefined);
    await endForgottenProcesses(paths.directory, await recordedPids(paths));
    const record = await settleRecord(checked, paths, request);
    assertSeedsPossible({ checked, record, seed: request.seed });
    await assertPortsFree(paths, record);
    request.signal?.throwIfAborted();
    // Looked at before it is written down: a wrong address must not stick to the stack.
    if (request.databaseUrl !== undefined) await assertUsable(request.databaseUrl);
    const secrets = await keepSecrets(paths, {
      roles: listRoles(checked.plan),
      named: checked.plan.secrets,
      ownServerUrl: request.databaseUrl,
    });
    await saveStackRecord(paths, record);
    const server = await startServer(paths, record, secrets, onProgress);
    try {
      const addresses = addressesOf(checked, paths, record, secrets);
      await prepareDatabases({
        paths,
        checked,
        record,
        save: () => saveStackRecord(paths, record),
        secrets,
        beforeMaking: (session, names) => reserveNames(paths, record, session, names),
        server: serverOf(record, secrets),
        references: listReferences(checked.plan, addresses),
        seed: request.seed,
        onProgress,
        signal: request.signal,
      }).catch((error: unknown) => {
        throw isPasswordLost(error, record) ? new DataWithoutSecretsError(record.server.home) : error;
      });
      const environment = request.environment ?? {};
      const broker = await startBroker({ paths, record, environment, onProgress, signal: request.signal });
      const { started } = await startProcesses({
        paths,
        checked,
        addresses,
        environment,
        onProgress,
        signal: request.signal,
      }).catch(async (error: unknown) => {
        await broker.undo();
        throw error;
      });
      return {
        started: [...broker.started, ...started],
        close: () => stopStack({ stateDirectory: paths.directory, purge: false }).then(() => undefined),
      };
    } catch (error) {
      await server.undo();
      throw error;
    }
  });
}

// --- internal ---

// The embedded server is let in with a password of ours, so that a refusal means that ours is not the one it was made with.
function isPasswordLost(error: unknown, record: StackRecord): record is StackRecord & { server: EmbeddedServer } {
  return record.server.kind === "embedded" && errorCode(error) === "28P01";
}

async function recordedPids(paths: StatePaths): Promise<number[]> {
  const processes = await readProcessRecords(paths);
  return processes.filter(({ identity }) => isSameProcess(identity)).map(({ identity }) => identity.pid);
}

async function settleRecord(checked: CheckedStackPlan, paths: StatePaths, request: StackRequest): Promise<StackRecord> {
  const kept = await findStackRecord(paths);
  const processes = await readProcessRecords(paths);
  const runs = kept !== undefined && processes.some(({ identity }) => isSameProcess(identity));
  const chosen = await choosePorts(checked.plan, request.ports);
  const foreground = request.detached ? undefined : identify(process.pid);
  return {
    format: 1,
    planDirectory: checked.planDirectory,
    rootDirectory: checked.root,
    // What runs keeps its ports; what the plan has gained since is added.
    ports: runs ? { ...chosen, ...kept.ports, processes: { ...chosen.processes, ...kept.ports.processes } } : chosen,
    server: chooseServer(kept, paths, request.databaseUrl),
    ...(await chooseBroker(kept, request)),
    seeds: kept?.seeds ?? {},
    ...(foreground ? { foreground } : {}),
  };
}

// Before anything is started: finding the third port taken would mean to stop the first two processes again.
async function assertPortsFree(paths: StatePaths, record: StackRecord): Promise<void> {
  const processes = await readProcessRecords(paths);
  const running = processes.filter(({ identity }) => isSameProcess(identity)).map(({ name }) => name);
  for (const [name, ports] of Object.entries(record.ports.processes)) {
    if (running.includes(name)) continue;
    for (const port of Object.values(ports)) await assertPortFree(port, name);
  }
}
