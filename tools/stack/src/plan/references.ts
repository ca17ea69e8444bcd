import type { StackPlan } from "./schema.ts";

/** What `${...}` in an environment of the plan may name, and what stands for it. */
export type References = ReadonlyMap<string, string>;

export type Addresses = {
  planDirectory: string;
  stateDirectory: string;
  /** Ports of every process, by process and port name. */
  ports: Readonly<Record<string, Readonly<Record<string, number>>>>;
  databaseUrl: (database: string, access: "owner" | "capture" | "apply") => string;
  secret: (name: string) => string;
};

/** All references that `process` may use; without a process, those that a seed may use. Pure. */
export function listReferences(plan: StackPlan, addresses: Addresses, process?: string): References {
  const found = new Map<string, string>([
    ["plan", addresses.planDirectory],
    ["state", addresses.stateDirectory],
  ]);
  for (const [name, { streams }] of Object.entries(plan.databases)) {
    found.set(`databases.${name}.url`, addresses.databaseUrl(name, "owner"));
    if (streams.includes("source")) {
      found.set(`databases.${name}.captureUrl`, addresses.databaseUrl(name, "capture"));
    }
    if (streams.includes("target")) found.set(`databases.${name}.applyUrl`, addresses.databaseUrl(name, "apply"));
  }
  for (const name of plan.secrets) found.set(`secrets.${name}`, addresses.secret(name));
  for (const [name, ports] of Object.entries(addresses.ports)) {
    found.set(`processes.${name}.url`, `http://127.0.0.1:${ports["http"]}`);
    for (const [port, number] of Object.entries(ports)) {
      found.set(`processes.${name}.ports.${port}`, String(number));
      if (name === process) found.set(`ports.${port}`, String(number));
    }
  }
  return found;
}

/** The names in `${...}` of a text, in order. */
export function referencesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map(([, reference]) => reference ?? "");
}

/** Replaces every reference. The plan was checked when it was read, so an unknown one cannot occur. */
export function resolveEnvironment(
  environment: Readonly<Record<string, string>>,
  references: References,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([variable, text]) => [
      variable,
      text.replace(REFERENCE, (_, reference: string) => references.get(reference) ?? ""),
    ]),
  );
}

// --- internal ---

const REFERENCE = /\$\{([^}]*)\}/g;
