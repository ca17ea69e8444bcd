import { once } from "node:events";

export default async function stopSharedCluster() {
  const child = globalThis.stranglerSharedCluster;
  if (child.exitCode !== null) return;
  child.stdin.end();
  await once(child, "exit");
}
