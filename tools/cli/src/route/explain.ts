import { ExitCode } from "@strangler/platform";
import { createKeyring, explainRequest, readRoutes, readSecrets, type Explanation } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";

type ExplainArguments = RouteArguments & {
  method: string;
  path: string;
  customer?: string | undefined;
  header: string[];
  claim: string[];
  address?: string | undefined;
};

export const routeExplainCommand: CommandModule<object, ExplainArguments> = {
  command: "explain <method> <path>",
  describe: "Say which route a request takes, who answers, and why",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .positional("method", { type: "string", demandOption: true, describe: "GET, POST, ..." })
      .positional("path", { type: "string", demandOption: true, describe: "Path and query, as sent" })
      .option("customer", { type: "string", describe: "The value that names the customer" })
      .option("header", {
        alias: "H",
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        describe: 'A header of the request, "name: value"',
      })
      .option("claim", {
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        describe: 'A claim of a verified token, "name: value"',
      })
      .option("address", { type: "string", describe: "The client's address" })
      .example("$0 route explain GET /search?q=tea --customer 42", "the decision and its reasons"),
  handler: async (args) => {
    const snapshot = await readRoutes(placesOf(args).routesFile);
    const question = {
      method: args.method.toUpperCase(),
      target: args.path,
      customer: args.customer,
      headers: readFields("header", args.header),
      claims: readFields("claim", args.claim),
      address: args.address,
    };
    // With the proxy's secret, signed values are judged as the proxy judges them.
    const explanation = explainRequest(snapshot, question, { keyring: createKeyring(readSecrets(process.env)) });
    if (args.json) printJson(explanation);
    else process.stdout.write(`${renderExplanation(explanation)}\n`);
  },
};

// --- internal ---

class FieldUnreadableError extends Error {
  readonly code = "HEADER_UNREADABLE";
  readonly exitCode = ExitCode.usage;

  constructor(what: string, text: string) {
    super(`"${text}" is no ${what}. Write it as "name: value".`);
  }
}

function readFields(what: "header" | "claim", texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const colon = text.indexOf(":");
      if (colon < 1) throw new FieldUnreadableError(what, text);
      const name = text.slice(0, colon).trim();
      return [what === "header" ? name.toLowerCase() : name, text.slice(colon + 1).trim()];
    }),
  );
}

function renderExplanation(explanation: Explanation): string {
  const { method, path, route, passedOver, stage, customerBy, bucket, answeredBy, shadow, why } = explanation;
  const rows = [
    ["request", `${method} ${path}`],
    ["route", route === null ? "none" : `${route.id} (${route.match})`],
    ...passedOver.map(({ id, why: wants }) => ["not", `${id}: ${wants}`]),
    ["stage", stage ?? "-"],
    ["bucket", bucket === null ? "-" : `${bucket}${customerBy === null ? "" : ` by ${customerBy}`}`],
    ["answers", answeredBy],
    ["shadow", shadow ?? "-"],
  ];
  return [...rows.map(([name = "", value = ""]) => `${name.padEnd(8)} ${value}`), "", why].join("\n");
}
