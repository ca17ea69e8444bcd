import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { ExitCode } from "@strangler/platform";
import {
  EXPORT_ENGINES,
  exportRoutes,
  parseRoutes,
  upstreamOverrides,
  type ExportEngine,
  type ExportFile,
  type RoutesExport,
} from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { renderLosses } from "./render-losses.ts";
import { withStore } from "./routes-store.ts";

type ExportArguments = RouteArguments & {
  to: ExportEngine;
  out?: string | undefined;
  listen: string;
  verified: boolean;
};

export const routeExportCommand: CommandModule<object, ExportArguments> = {
  command: "export",
  describe: "Write the routes for another engine, and what that engine loses",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .option("to", { choices: EXPORT_ENGINES, demandOption: true, describe: "The engine" })
      .option("out", { type: "string", describe: "Folder for the files; else they are printed" })
      .option("listen", { type: "string", default: "127.0.0.1:8080", describe: "Where customers will arrive" })
      .option("verified", {
        type: "boolean",
        default: false,
        describe: "Tokens are verified in front: open what has auth",
      })
      .example("$0 route export --to nginx --out conf.d", "strangler.conf, and the report")
      .example("$0 route export --to envoy > envoy.yaml", "the report goes to standard error")
      .example("$0 route export --to haproxy --json", "files and report as JSON")
      .epilogue("docs/export.md has every element of the routes and what becomes of it."),
  handler: async (args) => {
    const listen = readListen(args.listen);
    const snapshot = await withStore(args, async (store) =>
      parseRoutes(store.name, (await store.read()).text, upstreamOverrides(process.env)),
    );
    const { files, report } = exportRoutes(args.to, snapshot, { listen, verified: args.verified });
    if (args.out !== undefined) await writeAll(args.out, files);
    if (args.json) {
      printJson({ file: placesOf(args).routesFile, version: snapshot.version, engine: args.to, files, report });
      return;
    }
    if (args.out === undefined) print(files);
    process.stderr.write(`${renderLosses(report, process.stderr.columns ?? 80)}\n`);
  },
};

// --- internal ---

class ListenUnreadableError extends Error {
  readonly code = "LISTEN_UNREADABLE";
  readonly exitCode = ExitCode.usage;

  constructor(text: string) {
    super(`"${text}" is no address to listen at. Write it as host:port, such as 0.0.0.0:80.`);
  }
}

function readListen(text: string): { host: string; port: number } {
  const [, host, digits] = /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || !(port >= 1 && port <= 65_535)) throw new ListenUnreadableError(text);
  return { host, port };
}

async function writeAll(folder: string, files: readonly ExportFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, text } of files) {
    const file = path.join(folder, name);
    await writeFile(file, text);
    process.stderr.write(`${file}\n`);
  }
}

// The first file is the configuration; what it loads beside itself would not be understood behind it.
function print([main, ...others]: RoutesExport["files"]): void {
  process.stdout.write(main?.text ?? "");
  const names = others.map(({ name }) => name).join(", ");
  if (others.length > 0) process.stderr.write(`It loads ${names}: say --out FOLDER to have that written too.\n\n`);
}
