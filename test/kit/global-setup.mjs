import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import path from "node:path";

export default async function startSharedCluster() {
  const script = path.join(import.meta.dirname, "src/shared-cluster.ts");
  const child = spawn(process.execPath, ["--conditions=strangler-source", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  process.env.STRANGLER_TEST_CLUSTER_URL = JSON.parse(line).url;
  globalThis.stranglerSharedCluster = child;
}
