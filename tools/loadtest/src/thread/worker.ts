import { parentPort } from "node:worker_threads";
import { createClient, type Client } from "../drive/client.ts";
import { startDrive, type Drive } from "../drive/drive.ts";
import { ScenarioSetupFailedError } from "../errors.ts";
import type { Question, Reply, StartOptions } from "./messages.ts";

// The far end of thread/generator.ts. The load is made here, in a thread of its own, so that nothing its caller computes
// can keep a visitor from coming on time.

const drives = new Map<number, Drive>();
/** Kept between loads: a run after a warm-up finds its connections open and its code compiled. */
const clients = new Map<string, Client>();

parentPort?.on("message", (question: Question) => void answer(question));

// --- internal ---

async function answer(question: Question): Promise<void> {
  switch (question.ask) {
    case "start":
      return start(question.load, question.options);
    case "snapshot": {
      const snapshot = drives.get(question.load)?.snapshot();
      if (snapshot) reply({ load: question.load, reply: "snapshot", snapshot });
      return;
    }
    case "stop":
      drives.get(question.load)?.stop();
      return;
    case "close":
      await Promise.all([...clients.values()].map((client) => client.close()));
      parentPort?.close();
  }
}

async function start(load: number, options: StartOptions): Promise<void> {
  try {
    const drive = await startDrive(options, clientFor(options));
    drives.set(load, drive);
    reply({ load, reply: "started" });
    const run = await drive.done;
    reply({ load, reply: "done", run });
  } catch (error) {
    // A refusal travels as facts: a class does not survive the way between threads. Anything else ends the thread.
    if (!(error instanceof ScenarioSetupFailedError)) throw error;
    reply({ load, reply: "refused", facts: error.facts });
  }
}

function clientFor({ baseUrl, connections, timeoutMs }: StartOptions): Client {
  const key = `${baseUrl} ${connections} ${timeoutMs}`;
  let client = clients.get(key);
  if (!client) clients.set(key, (client = createClient({ baseUrl, connections, timeoutMs })));
  return client;
}

function reply(message: Reply): void {
  parentPort?.postMessage(message);
}
