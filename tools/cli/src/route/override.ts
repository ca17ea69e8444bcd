import { ExitCode, nearest } from "@strangler/platform";
import {
  createKeyring,
  readRoutes,
  readSecrets,
  signOverride,
  type OverrideGrant,
  type OverrideRule,
  type RoutesSnapshot,
} from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";

type OverrideArguments = RouteArguments & {
  always: boolean;
  never: boolean;
  route?: string | undefined;
  for: string;
};

export const routeOverrideCommand: CommandModule<object, OverrideArguments> = {
  command: "override",
  describe: "Make a signed value by which a tester chooses a side",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .option("always", { type: "boolean", default: false, describe: "The service answers" })
      .option("never", { type: "boolean", default: false, describe: "The monolith answers" })
      .option("route", { type: "string", describe: "The only route that it holds for" })
      .option("for", { type: "string", default: "1h", describe: "How long: 30m, 2h, 7d" })
      .example("$0 route override --always --route items --for 2h", "a header and a cookie")
      .epilogue("Needs PROXY_SECRET (or PROXY_SECRET_FILE) as the proxy has it."),
  handler: async (args) => {
    const { routesFile } = placesOf(args);
    const snapshot = await readRoutes(routesFile);
    const grant = readGrant(args, snapshot, Date.now());
    const value = sign(grant);
    const ways = waysOf(ruleOf(snapshot, routesFile), value);
    const until = new Date(grant.until * 1_000).toISOString();
    if (args.json) printJson({ choice: grant.choice, route: grant.route ?? null, until, value, ...ways });
    else process.stdout.write(render(grant, until, ways));
  },
};

// --- internal ---

class OverrideUsageError extends Error {
  readonly code = "OVERRIDE_USAGE";
  readonly exitCode = ExitCode.usage;
}

class OverrideNotPossibleError extends Error {
  readonly code = "OVERRIDE_NOT_POSSIBLE";
  readonly exitCode = ExitCode.configuration;
}

type Ways = { header: string | null; cookie: string | null };

function readGrant({ always, never, route, for: text }: OverrideArguments, { routes }: RoutesSnapshot, nowMs: number) {
  if (always === never) throw new OverrideUsageError("Say --always (the service) or --never (the monolith).");
  const ids = routes.map(({ id }) => id);
  if (route !== undefined && !ids.includes(route)) {
    const guess = nearest(route, ids);
    const hint = guess === undefined ? `There are: ${ids.join(", ")}.` : `Did you mean "${guess}"?`;
    throw new OverrideUsageError(`No route is called "${route}". ${hint}`);
  }
  const until = Math.floor(nowMs / 1_000) + readSeconds(text);
  return { choice: always ? ("always" as const) : ("never" as const), until, route };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const LONGEST_SECONDS = 30 * 86_400;

function readSeconds(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? 0);
  if (seconds > 0 && seconds <= LONGEST_SECONDS) return seconds;
  throw new OverrideUsageError(`"${text}" is no time from 1s to 30d. Write it as 30m, 2h or 7d.`);
}

function sign(grant: OverrideGrant): string {
  const keyring = createKeyring(readSecrets(process.env));
  if (keyring.canSign) return signOverride(grant, keyring);
  throw new OverrideNotPossibleError("There is no secret to sign with. Set PROXY_SECRET as it is set for the proxy.");
}

function ruleOf({ override }: RoutesSnapshot, file: string): OverrideRule {
  if (override !== undefined) return override;
  throw new OverrideNotPossibleError(
    `${file} has no override, so the proxy looks for none. Add "override: { header: x-strangler-route }".`,
  );
}

function waysOf({ header, cookie }: OverrideRule, value: string): Ways {
  return {
    header: header === undefined ? null : `${header}: ${value}`,
    cookie: cookie === undefined ? null : `${cookie}=${value}`,
  };
}

function render({ choice, route }: OverrideGrant, until: string, { header, cookie }: Ways): string {
  const rows = [
    ["chooses", `${choice} on ${route ?? "every route"}, until ${until}`],
    ...(header === null ? [] : [["header", header]]),
    ...(cookie === null ? [] : [["cookie", cookie]]),
    // What a tester without other tools types into her browser's console.
    ...(cookie === null ? [] : [["browser", `document.cookie = "${cookie}; path=/"`]]),
  ];
  return `${rows.map(([name = "", value = ""]) => `${name.padEnd(8)} ${value}`).join("\n")}\n`;
}
