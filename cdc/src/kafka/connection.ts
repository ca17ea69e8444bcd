import { readFileSync } from "node:fs";
import { KafkaAddressMissingError, KafkaSettingError } from "./errors.ts";

export const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export type Mechanism = (typeof MECHANISMS)[number];

/** How a Kafka is reached. Holds a password: never log it. */
export type KafkaConnection = {
  /** host:port each; one that answers is enough to find the others. */
  brokers: readonly string[];
  login?: { mechanism: Mechanism; username: string; password: string };
  /** PEM texts. `ca` absent: the certificates that Node trusts. */
  tls?: { ca?: string; certificate?: string; key?: string };
};

/**
 * Finds a Kafka's address in the environment: STRANGLER_KAFKA_<NAME>_BROKERS, and where it wants to know who comes _USERNAME,
 * _PASSWORD and _MECHANISM (plain, scram-sha-256 or scram-sha-512, the default); _TLS=true for TLS, with _CA_FILE for a certificate
 * authority of one's own, _CERT_FILE and _KEY_FILE for a certificate of one's own. Any of the files means TLS.
 * Throws KafkaAddressMissingError and KafkaSettingError.
 */
export function getKafkaConnection(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): KafkaConnection {
  const variable = (what: string) => kafkaVariable(name, what);
  const find = (what: string) => environment[variable(what)] || undefined;
  const brokers = (find("BROKERS") ?? "").split(",").map((broker) => broker.trim());
  if (brokers.join("") === "") throw new KafkaAddressMissingError(name, variable("BROKERS"));
  for (const broker of brokers) {
    if (!/^(\[[^\]]+\]|[^:@/\s]+):\d+$/.test(broker)) {
      throw new KafkaSettingError(variable("BROKERS"), "must be host:port, or several of them with commas between");
    }
  }
  const login = findLogin(find, variable);
  const tls = findTls(find, variable);
  return { brokers, ...(login === undefined ? {} : { login }), ...(tls === undefined ? {} : { tls }) };
}

/** The variable that holds a part of a Kafka's address. */
export function kafkaVariable(name: string, what: string): string {
  return `STRANGLER_KAFKA_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_${what}`;
}

// --- internal ---

type Find = (what: string) => string | undefined;
type Name = (what: string) => string;

function findLogin(find: Find, variable: Name): KafkaConnection["login"] {
  const username = find("USERNAME");
  const password = find("PASSWORD");
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined) throw new KafkaSettingError(variable("USERNAME"), "is missing beside the password");
  if (password === undefined) throw new KafkaSettingError(variable("PASSWORD"), "is missing beside the user name");
  const wanted = (find("MECHANISM") ?? "scram-sha-512").toLowerCase();
  const mechanism = MECHANISMS.find((known) => known === wanted);
  if (mechanism === undefined) throw new KafkaSettingError(variable("MECHANISM"), `must be ${MECHANISMS.join(", ")}`);
  return { mechanism, username, password };
}

const FILES = { ca: "CA_FILE", certificate: "CERT_FILE", key: "KEY_FILE" } as const;

function findTls(find: Find, variable: Name): KafkaConnection["tls"] {
  const wanted = find("TLS");
  if (wanted !== undefined && wanted !== "true" && wanted !== "false") {
    throw new KafkaSettingError(variable("TLS"), "must be true or false");
  }
  const given = Object.entries(FILES).filter(([, what]) => find(what) !== undefined);
  if (wanted === "false" || (wanted === undefined && given.length === 0)) return undefined;
  return Object.fromEntries(given.map(([part, what]) => [part, readPem(find(what) ?? "", variable(what))]));
}

function readPem(file: string, variable: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new KafkaSettingError(variable, `names a file that cannot be read (${file})`, cause);
  }
}
