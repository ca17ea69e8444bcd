// Prepares a database server once, for stacks whose server and processes are started by something else, such as containers.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnvironment, runMain } from "@strangler/platform";
import { z } from "zod";
import { prepareServer } from "./prepare-server.ts";

const environment = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  PLAN_DIRECTORY: z.string().min(1).default("plan"),
  SEED: z.enum(["small", "large", "none"]).default("small"),
});

/** PASSWORD_STRANGLER_APPLY is the password of the role "strangler_apply". */
const PASSWORD = /^PASSWORD_([A-Z0-9_]+)$/;

runMain(async () => {
  const config = parseEnvironment(environment, process.env);
  // Nothing is kept: what a stack would look up later, the containers are told by their environment.
  const stateDirectory = await mkdtemp(path.join(tmpdir(), "strangler-"));
  try {
    await prepareServer({
      planDirectory: config.PLAN_DIRECTORY,
      stateDirectory,
      adminUrl: config.DATABASE_URL,
      passwords: readPasswords(process.env),
      seed: config.SEED,
      onProgress: (line) => process.stdout.write(`${line}\n`),
    });
  } finally {
    await rm(stateDirectory, { recursive: true, force: true });
  }
});

function readPasswords(variables: NodeJS.ProcessEnv): Record<string, string> {
  const found = Object.entries(variables).map(([name, value]) => [PASSWORD.exec(name)?.[1]?.toLowerCase(), value]);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => Boolean(entry[0] && entry[1])));
}
