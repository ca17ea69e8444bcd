import { readStackPlan } from "./plan/read-stack-plan.ts";
import { listReferences } from "./plan/references.ts";
import { roleAddress } from "./postgres/addresses.ts";
import { assertUsable } from "./postgres/own-server.ts";
import { listRoles } from "./postgres/roles.ts";
import { prepareDatabases, type SeedSize } from "./prepare-databases.ts";
import { PasswordsMissingError } from "./errors.ts";
import { openStateDirectory } from "./state/state-directory.ts";

export type ServerPreparation = {
  planDirectory: string;
  /** Where seeds write their logs. */
  stateDirectory: string;
  /** A superuser's address. The server is the stack's alone: names are taken as they stand in the plan. */
  adminUrl: string;
  /** By role. */
  passwords: Readonly<Record<string, string>>;
  seed: SeedSize;
  onProgress: (line: string) => void;
};

/**
 * Roles, databases, rights, migrations and seeds on a server that somebody else starts and stops, such as one in a container.
 * May be run again at any time; what is there stays. Throws one of this package's errors.
 */
export async function prepareServer(preparation: ServerPreparation): Promise<void> {
  const { planDirectory, stateDirectory, adminUrl, passwords, seed, onProgress } = preparation;
  const checked = await readStackPlan(planDirectory, { withPrograms: false });
  const missing = listRoles(checked.plan).filter((role) => !passwords[role]);
  if (missing.length > 0) throw new PasswordsMissingError(missing);
  await assertUsable(adminUrl);
  const server = { adminUrl, prefix: "" };
  const { roles } = checked.plan.postgres;
  const references = listReferences(checked.plan, {
    planDirectory: checked.planDirectory,
    stateDirectory,
    ports: {},
    databaseUrl: (database, access) => {
      const owner = checked.plan.databases[database]?.owner ?? "";
      const role = { owner, ...roles }[access];
      return roleAddress(server, database, role, passwords[role] ?? "");
    },
    secret: () => "",
  });
  await prepareDatabases({
    paths: await openStateDirectory(stateDirectory),
    checked,
    record: { seeds: {} },
    save: async () => undefined,
    secrets: { roles: { ...passwords } },
    server,
    references,
    seed,
    onProgress,
  });
}
