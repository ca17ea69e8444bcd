import { spawnSync } from "node:child_process";

/** What Kafka needs to run from its own jars: Java, and Maven to fetch them. */
export type Java = { java: string; maven: string };

/** Kafka 4 asks for it, and Debezium's connectors with it. */
const OLDEST_JAVA = 17;

/** Java and Maven of this machine, from the environment's JAVA_HOME and the PATH; a sentence that says what is missing where one of them is not there. */
export function findJava(environment: Readonly<Record<string, string | undefined>>): Java | string {
  const home = environment["JAVA_HOME"];
  const java = home === undefined || home === "" ? "java" : `${home}/bin/java`;
  const env = { ...environment };
  const version = readJavaVersion(java, env);
  if (version === undefined) return `no Java here (apt-get install openjdk-${OLDEST_JAVA}-jre-headless)`;
  if (version < OLDEST_JAVA) return `Java ${version} here, Kafka needs ${OLDEST_JAVA}`;
  if (spawnSync("mvn", ["--version"], { stdio: "ignore", env }).status !== 0)
    return "no Maven here (apt-get install maven)";
  return { java, maven: "mvn" };
}

// --- internal ---

// It says `openjdk version "17.0.15" 2025-04-15`, and so did 8: `version "1.8.0_412"`.
function readJavaVersion(java: string, env: NodeJS.ProcessEnv): number | undefined {
  const { stderr } = spawnSync(java, ["-version"], { encoding: "utf8", env });
  const match = /version "(?:1\.)?(\d+)/.exec(stderr ?? "");
  return match === null ? undefined : Number(match[1]);
}
