import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { waitFor } from "@strangler/platform";

export type ProxyProcess = {
  port: number;
  /** undefined while it lives. */
  ended: () => string | undefined;
  /** Log lines that tell of anything but what customers and upstreams have done wrong. */
  unknown: readonly string[];
  residentMiB: () => Promise<number>;
  stop: () => Promise<void>;
};

// What a proxy before liars has to say, again and again.
const KNOWN =
  /"msg":"(?:no answer from upstream(?: to an upgrade)?|proxy is listening|drained|[^"]*audit log[^"]*|[^"]*(?:routes|engine)[^"]*)"/;

/** Starts the proxy as it runs in earnest: a process of its own, with its log read line by line. */
export async function startProxyProcess(env: Record<string, string>): Promise<ProxyProcess> {
  const script = path.resolve(import.meta.dirname, "../../proxy/src/main.ts");
  const child = spawn(process.execPath, ["--conditions=strangler-source", script], {
    env: { ...process.env, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const unknown: string[] = [];
  let ended: string | undefined;
  let listening: string | undefined;
  const read = (line: string) => {
    if (line.includes('"msg":"proxy is listening"')) listening = line;
    const serious = /"level":(?:50|60)/.test(line) || !KNOWN.test(line);
    if (serious && unknown.length < 100) unknown.push(line);
  };
  createInterface({ input: child.stdout }).on("line", read);
  createInterface({ input: child.stderr }).on("line", read);
  const exited = once(child, "exit").then(([status, signal]) => {
    ended = `status ${String(status)}, signal ${String(signal)}`;
  });
  const line = await waitFor("the proxy to listen", () => listening ?? (ended && `{"url":"http://${ended}"}`));
  if (ended !== undefined) throw new Error(`The proxy did not start (${ended}):\n${unknown.join("\n")}`);
  const { url } = JSON.parse(line) as { url: string };
  return {
    port: Number(new URL(url).port),
    ended: () => ended,
    unknown,
    residentMiB: async () => {
      // Elsewhere than on Linux nobody can be asked so cheaply, and the bound is not checked.
      const statm = await readFile(`/proc/${child.pid ?? 0}/statm`, "utf8").catch(() => "0 0");
      const pages = Number(statm.split(" ")[1]);
      return Math.round((pages * 4_096) / 2 ** 20);
    },
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
