import { GRANTS, initPostgresStore } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { readFile } from "node:fs/promises";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { databaseUrl } from "./routes-store.ts";

type StoreArguments = RouteArguments & { action: "init" | "grants"; replica: string[]; operator: string[] };

export const routeStoreCommand: CommandModule<object, StoreArguments> = {
  command: "store <action>",
  describe: "Prepare a database that keeps the routes for several machines",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .positional("action", { choices: ["init", "grants"] as const, demandOption: true, describe: "What to do" })
      .option("replica", {
        type: "string",
        array: true,
        default: [] as string[],
        describe: "Roles of proxies that follow",
      })
      .option("operator", {
        type: "string",
        array: true,
        default: [] as string[],
        describe: "Roles that change routes",
      })
      .example("$0 route store init --replica proxy --operator ops", "tables, rights, routes")
      .example("$0 route store grants", "the statements, for a database of somebody else's")
      .epilogue("Needs ROUTES_STORE=postgres and ROUTES_DATABASE_URL of a role that may create a schema."),
  handler: async (args) => HANDLERS[args.action](args),
};

// --- internal ---

const HANDLERS: Record<StoreArguments["action"], (args: StoreArguments) => Promise<void>> = {
  init: async (args) => {
    const text = await readFile(placesOf(args).routesFile, "utf8");
    const result = await initPostgresStore(databaseUrl(), {
      text,
      roles: { replica: args.replica, operator: args.operator },
    });
    if (args.json) printJson(result);
    else process.stdout.write(`${describe(result)}\n`);
  },
  grants: async (args) => {
    if (args.json) printJson(GRANTS);
    else
      for (const [kind, statements] of Object.entries(GRANTS)) {
        process.stdout.write(`-- ${kind}\n${statements.map((statement) => `${statement};\n`).join("")}`);
      }
  },
};

function describe({ migrated, seeded, granted }: { migrated: number; seeded: boolean; granted: string[] }): string {
  return [
    migrated === 0 ? "The tables were there." : "The tables are made.",
    ...(granted.length === 0 ? [] : [`Rights given: ${granted.join(", ")}.`]),
    seeded ? "The routes of the plan are in." : "Routes were in; they stay as they are.",
  ].join("\n");
}
