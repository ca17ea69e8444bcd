import pg from "pg";
import { DatabaseUnreachableError, PasswordRefusedError } from "../errors.ts";

/**
 * How both ends write values as text. A value travels as the text that one server wrote and the other reads, so both must mean
 * the same by it: time zones, day and month order, all digits of a float, the currency's sign, a NULL in an array. And what this
 * program writes as SQL must be read as it was meant, backslashes too.
 */
const TEXT_FORM = {
  client_encoding: "UTF8",
  datestyle: "ISO,MDY",
  intervalstyle: "postgres",
  timezone: "UTC",
  extra_float_digits: "3",
  bytea_output: "hex",
  lc_monetary: "C",
  xmloption: "content",
  array_nulls: "on",
  standard_conforming_strings: "on",
};

export type SessionOptions = {
  url: string;
  /** Whose database it is, for complaints: "the source \"shop\"". */
  what: string;
  /** How the server's own lists of sessions name this one. */
  application: string;
  /** Server settings of this session beside those of the text form. */
  settings?: Readonly<Record<string, string>>;
  replication?: boolean;
  /** Statements are sent without waiting for the answers to the ones before. */
  pipeline?: boolean;
};

export type Session = pg.Client;

/**
 * Opens a session whose values are text in the stream's form, whatever the server's own settings are.
 * Throws DatabaseUnreachableError or PasswordRefusedError. The caller ends it.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const client = new pg.Client(clientConfig(options));
  // A session that breaks while it is idle: whoever uses it next gets the error from its own call.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw refusal(options, cause);
  }
  return client;
}

/** Lends a session and ends it, whatever happens. */
export async function withSession<Result>(
  options: SessionOptions,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await openSession(options);
  try {
    return await use(session);
  } finally {
    await closeSession(session);
  }
}

/** Ends a session, also one whose server is gone. */
export async function closeSession(session: Session): Promise<void> {
  await session.end().catch(() => undefined);
}

/** Host, port and database of an address, without its password. */
export function describeAddress(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port || "5432"}${pathname}`;
  } catch {
    return "an address that is not a URL";
  }
}

// --- internal ---

const CONNECT_LIMIT_MS = 10_000;

type ClientConfig = pg.ClientConfig & { replication?: string; pipeline?: boolean };

function clientConfig({ url, application, settings = {}, replication, pipeline }: SessionOptions): ClientConfig {
  const { connectionString, options } = takeOptions(url);
  const all = { ...TEXT_FORM, ...settings };
  const pinned = Object.entries(all).map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, "\\$&")}`);
  return {
    connectionString,
    // What the address asks for stays, except where it would change how values are written.
    options: [options, ...pinned].filter(Boolean).join(" "),
    application_name: application,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    keepAlive: true,
    types: { getTypeParser: () => (text: unknown) => text },
    ...(replication === true ? { replication: "database" } : {}),
    ...(pipeline === true ? { pipeline: true } : {}),
  };
}

// node-postgres lets an address' own options win over ours, whole; so they are taken out of it.
function takeOptions(url: string): { connectionString: string; options: string } {
  if (!URL.canParse(url)) return { connectionString: url, options: "" };
  const address = new URL(url);
  const options = address.searchParams.get("options") ?? "";
  address.searchParams.delete("options");
  return { connectionString: address.href, options };
}

function refusal({ what, url }: SessionOptions, cause: unknown): Error {
  const code = cause instanceof pg.DatabaseError ? cause.code : undefined;
  if (code === "28P01" || code === "28000") return new PasswordRefusedError(what, describeAddress(url), cause);
  return new DatabaseUnreachableError(what, describeAddress(url), cause);
}
