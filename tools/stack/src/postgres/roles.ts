import type { StackPlan } from "../plan/schema.ts";
import type { DatabaseServer } from "./addresses.ts";
import { nameOn } from "./addresses.ts";
import { scramVerifier } from "./scram.ts";
import { identifier, literal, type Session } from "./session.ts";

export type RoleWanted = { name: string; password: string; replication: boolean };

/** Every role the plan speaks of. */
export function listRoles(plan: StackPlan): string[] {
  const owners = Object.values(plan.databases).map(({ owner }) => owner);
  return [...new Set([...owners, plan.postgres.roles.capture, plan.postgres.roles.apply])];
}

/** The roles with their passwords, as they are to be on the server. */
export function rolesWanted(
  plan: StackPlan,
  server: DatabaseServer,
  passwords: Readonly<Record<string, string>>,
): RoleWanted[] {
  return listRoles(plan).map((role) => ({
    name: nameOn(server, role),
    password: passwords[role] ?? "",
    replication: role === plan.postgres.roles.capture,
  }));
}

export async function roleExists(session: Session, name: string): Promise<boolean> {
  return (await session.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [name])).length > 0;
}

/** Makes the role, or gives an existing one this password and exactly these rights. */
export async function keepRole(session: Session, { name, password, replication }: RoleWanted): Promise<void> {
  const rights = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE ${replication ? "REPLICATION" : "NOREPLICATION"}`;
  const verb = (await roleExists(session, name)) ? "ALTER" : "CREATE";
  await session.query(`${verb} ROLE ${identifier(name)} ${rights} PASSWORD ${literal(scramVerifier(password))}`);
}

/** The apply role may say that its writes are replicated ones, so that triggers and foreign keys do not act a second time. */
export async function allowReplicaWrites(session: Session, applyRole: string): Promise<void> {
  await session.query(`GRANT SET ON PARAMETER session_replication_role TO ${identifier(applyRole)}`);
}
