export { waitFor } from "@strangler/platform";
export { createDatabase, withDatabase, type Template, type TestDatabase } from "./database.ts";
export { startOwnCluster, type OwnCluster, type PostgresVersion } from "./own-cluster.ts";
export { openWorkplace, type Workplace } from "./workplace.ts";
export { startProcess, type TestProcess } from "./process.ts";
export {
  findEngine,
  findFreePort,
  findNginxModule,
  missingEngine,
  startEnvoy,
  startHaproxy,
  startNginx,
  type ConfigFile,
  type EngineConfig,
  type RunningEngine,
} from "./engine.ts";
export {
  debeziumSink,
  debeziumSource,
  DEBEZIUM_VERSION,
  missingConnect,
  startConnect,
  type ConnectorConfig,
  type RunningConnect,
} from "./connect.ts";
export { fetchArchive, fetchJars, MavenMissingError, missingFromMaven } from "./maven.ts";
export {
  givenKafka,
  lendKafka,
  missingKafka,
  startKafka,
  type KafkaOptions,
  type KafkaVersion,
  type TestKafka,
} from "./kafka.ts";
