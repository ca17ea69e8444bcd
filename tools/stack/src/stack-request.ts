import type { SeedSize } from "./prepare-databases.ts";

export type StackRequest = {
  /** The folder with stack.yaml. */
  planDirectory: string;
  /** What the plan's paths start from; the folder above the plan when absent. For a plan that was copied to be changed. */
  rootDirectory?: string | undefined;
  /** Where secrets, data, logs and records of this stack are kept. Made when it is not there. */
  stateDirectory: string;
  /** The plan's ports, or any that are free. A stack that runs already keeps the ones it has. */
  ports: "plan" | "free";
  /** Absent: what is there already, or the small one where there is nothing yet. */
  seed?: SeedSize | undefined;
  /** The address of a superuser on a PostgreSQL server of one's own (15 to 18), instead of the embedded one. */
  databaseUrl?: string | undefined;
  /** A Kafka as well: one's own (host:port each), or else one that is started from its jars. A stack that has one keeps it. */
  kafka?: { brokers: readonly string[] } | undefined;
  /** true: the stack outlives this process. false: this process keeps it, and says so in the record. */
  detached: boolean;
  /** Variables that every process of the stack gets beside those of the plan, such as PATH. */
  environment?: Readonly<Record<string, string>> | undefined;
  /** One line for each step, for a person to read. Never holds a secret. */
  onProgress?: ((line: string) => void) | undefined;
  /** Gives up when aborted: what this call had started is stopped, and the signal's reason is thrown. */
  signal?: AbortSignal | undefined;
};
