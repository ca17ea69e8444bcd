import { ExitCode } from "@strangler/platform";
import type { CommandModule } from "yargs";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { fetchAdmin, findAdmin } from "./proxy-admin.ts";

type DrainArguments = RouteArguments & { id: string };

export const routeDrainCommand: CommandModule<object, DrainArguments> = {
  command: "drain <id>",
  describe: "Close the WebSockets that a flip has left on a route's old side",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .positional("id", { type: "string", demandOption: true, describe: "The route" })
      .example("$0 route drain items", "asks one proxy; name others with --admin"),
  handler: async (args) => {
    const admin = await findAdmin(args.admin, placesOf(args).stateDirectory);
    const path = `/routes/${encodeURIComponent(args.id)}/drain`;
    const response = await fetchAdmin(admin, path, { method: "POST" }).catch(() => undefined);
    if (response?.ok !== true) throw new DrainRefusedError(admin.url, await reasonOf(response));
    const { closing } = (await response.json()) as { closing: number };
    if (args.json) printJson({ route: args.id, closing });
    else process.stdout.write(`${closing} WebSockets are being closed.\n`);
  },
};

// --- internal ---

class DrainRefusedError extends Error {
  readonly code = "DRAIN_REFUSED";
  readonly exitCode = ExitCode.environment;

  constructor(adminUrl: string, reason: string) {
    super(
      `The proxy at ${adminUrl} has closed nothing: ${reason} Name it with --admin, and an operator's token in ADMIN_TOKEN.`,
    );
  }
}

async function reasonOf(response: Response | undefined): Promise<string> {
  if (response === undefined) return "it does not answer.";
  const body = (await response.json().catch(() => ({}))) as { detail?: string };
  return body.detail ?? `status ${response.status}.`;
}
