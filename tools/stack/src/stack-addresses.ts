import type { CheckedStackPlan } from "./plan/read-stack-plan.ts";
import type { Addresses } from "./plan/references.ts";
import { roleAddress } from "./postgres/addresses.ts";
import { serverOf } from "./stack-server.ts";
import type { Secrets } from "./state/secrets.ts";
import type { StackRecord } from "./state/stack-record.ts";
import type { StatePaths } from "./state/state-directory.ts";

/** Everything of the plan that has an address, with the ports and passwords of this stack. */
export function addressesOf(
  { plan, planDirectory }: Pick<CheckedStackPlan, "plan" | "planDirectory">,
  paths: StatePaths,
  record: StackRecord,
  secrets: Secrets,
): Addresses {
  const server = serverOf(record, secrets);
  return {
    planDirectory,
    stateDirectory: paths.directory,
    ports: record.ports.processes,
    databaseUrl: (database, access) => {
      const { capture, apply } = plan.postgres.roles;
      const owner = plan.databases[database]?.owner ?? "";
      const role = { owner, capture, apply }[access];
      return roleAddress(server, database, role, secrets.roles[role] ?? "");
    },
    secret: (name) => secrets.named[name] ?? "",
  };
}
