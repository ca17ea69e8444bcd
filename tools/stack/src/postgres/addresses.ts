/** A server as its administrator reaches it, and what stands before the names of what we make there. */
export type DatabaseServer = {
  /** The administrator's address of any database. Holds a password: never log it. */
  adminUrl: string;
  /** Empty on the embedded server, which is ours alone. */
  prefix: string;
};

/** On somebody else's server everything of ours says so in its name. */
export const OWN_SERVER_PREFIX = "strangler_";

/** The name a database or role of the plan has on the server. */
export function nameOn(server: DatabaseServer, name: string): string {
  return name.startsWith(server.prefix) ? name : `${server.prefix}${name}`;
}

/** The administrator's address of one database of the server. */
export function adminAddress(server: DatabaseServer, database: string): string {
  const url = new URL(server.adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** A role's address of one database of the plan. Parameters of the administrator's address, such as sslmode, are kept. */
export function roleAddress(server: DatabaseServer, database: string, role: string, password: string): string {
  const url = new URL(adminAddress(server, nameOn(server, database)));
  url.username = nameOn(server, role);
  url.password = password;
  return url.href;
}

/** Host and port, for people. */
export function placeOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === "" ? "5432" : port}`;
}
