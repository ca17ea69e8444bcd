import { ExitCode } from "@strangler/platform";
import { createToken, ROLES, type Role } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { renderTable } from "../render-table.ts";
import { printJson } from "./options.ts";
import { readTokens, tokensFileOf, writeTokens } from "./tokens-file.ts";

const ACTIONS = ["create", "list", "revoke"] as const;

type TokenArguments = CommonArguments & {
  action: (typeof ACTIONS)[number];
  name?: string | undefined;
  role?: Role | undefined;
  file?: string | undefined;
  json: boolean;
};

export const routeTokenCommand: CommandModule<object, TokenArguments> = {
  command: "token <action>",
  describe: "Make, list and revoke tokens for the admin port",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ACTIONS, demandOption: true, describe: "What to do" })
      .option("name", { type: "string", describe: "Whose; stands in the audit log" })
      .option("role", { choices: ROLES, describe: "viewer looks, operator changes too" })
      .option("file", { type: "string", describe: "Where their hashes are", defaultDescription: "ADMIN_TOKENS_FILE" })
      .option("json", { type: "boolean", default: false, describe: "Print JSON" })
      .example("$0 route token create --role operator --name anna", "shown once")
      .example("$0 route token revoke --name anna", "ends her sessions too")
      .epilogue("A proxy that was started with ADMIN_TOKENS_FILE follows it within a second."),
  handler: async (args) => {
    const file = tokensFileOf(args.file, findDirectories(args).stateDirectory);
    await HANDLERS[args.action](args, file);
  },
};

// --- internal ---

const HANDLERS: Record<TokenArguments["action"], (args: TokenArguments, file: string) => Promise<void>> = {
  create: async (args, file) => {
    const name = args.name ?? missing("--name NAME");
    const role = args.role ?? missing("--role viewer, or --role operator");
    const tokens = await readTokens(file);
    if (tokens.some((token) => token.name === name))
      throw new TokenUsageError(`"${name}" has a token already. Revoke it first.`);
    const { secret, stored } = createToken(name, role, new Date());
    await writeTokens(file, [...tokens, stored]);
    if (args.json) printJson({ file, name, role, token: secret });
    else process.stdout.write(`${secret}\n`);
    process.stderr.write(`This is shown once; ${file} keeps its hash.\n`);
  },
  list: async (args, file) => {
    const tokens = (await readTokens(file)).map(({ name, role, createdAt = null }) => ({ name, role, createdAt }));
    if (args.json) printJson({ file, tokens });
    else {
      const rows = tokens.map(({ name, role, createdAt }) => [name, role, createdAt ?? ""]);
      process.stdout.write(`${rows.length === 0 ? "There are none." : renderTable(["name", "role", "made"], rows)}\n`);
    }
  },
  revoke: async (args, file) => {
    const name = args.name ?? missing("--name NAME");
    const tokens = await readTokens(file);
    const left = tokens.filter((token) => token.name !== name);
    if (left.length === tokens.length) throw new TokenUsageError(`Nobody called "${name}" has a token in ${file}.`);
    await writeTokens(file, left);
    if (args.json) printJson({ file, revoked: name });
    else process.stdout.write(`"${name}" has no token any more.\n`);
  },
};

class TokenUsageError extends Error {
  readonly code = "TOKEN_USAGE";
  readonly exitCode = ExitCode.usage;
}

function missing(what: string): never {
  throw new TokenUsageError(`Say ${what}.`);
}
