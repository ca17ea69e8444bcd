import { ExitCode } from "@strangler/platform";
import { createBuckets, explainRequest, readRoutes, type Explanation } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";

type ExplainArguments = RouteArguments & {
  method: string;
  path: string;
  customer?: string | undefined;
  header: string[];
};

export const routeExplainCommand: CommandModule<object, ExplainArguments> = {
  command: "explain <method> <path>",
  describe: "Say which route a request takes, who answers, and why",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .positional("method", { type: "string", demandOption: true, describe: "GET, POST, ..." })
      .positional("path", { type: "string", demandOption: true, describe: "Path and query, as sent" })
      .option("customer", { type: "string", describe: "The value of the cookie that names the customer" })
      .option("header", {
        alias: "H",
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        describe: 'A header of the request, "name: value"',
      })
      .example("$0 route explain GET /search?q=tea --customer 42", "the decision and its reasons"),
  handler: async (args) => {
    const snapshot = await readRoutes(placesOf(args).routesFile);
    const question = {
      method: args.method.toUpperCase(),
      target: args.path,
      customer: args.customer,
      headers: Object.fromEntries(args.header.map(readHeader)),
    };
    const explanation = explainRequest(snapshot, question, await createBuckets());
    if (args.json) printJson(explanation);
    else process.stdout.write(`${renderExplanation(explanation)}\n`);
  },
};

// --- internal ---

class HeaderUnreadableError extends Error {
  readonly code = "HEADER_UNREADABLE";
  readonly exitCode = ExitCode.usage;

  constructor(text: string) {
    super(`"${text}" is no header. Write it as "name: value".`);
  }
}

function readHeader(text: string): [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1) throw new HeaderUnreadableError(text);
  return [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
}

function renderExplanation({ method, path, route, stage, bucket, answeredBy, shadow, why }: Explanation): string {
  const rows = [
    ["request", `${method} ${path}`],
    ["route", route === null ? "none" : `${route.id} (${route.match})`],
    ["stage", stage ?? "-"],
    ["bucket", bucket === null ? "-" : String(bucket)],
    ["answers", answeredBy],
    ["shadow", shadow ?? "-"],
  ];
  return [...rows.map(([name = "", value = ""]) => `${name.padEnd(8)} ${value}`), "", why].join("\n");
}
