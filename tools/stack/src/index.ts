export {
  findBackgroundProcess,
  startBackgroundProcess,
  stopBackgroundProcess,
  type BackgroundProcess,
} from "./background-process.ts";
export { examine } from "./doctor/examine.ts";
export type { Finding } from "./doctor/finding.ts";
export {
  DataOfOtherVersionError,
  DataWithoutSecretsError,
  KafkaJarsMissingError,
  KafkaNotPossibleError,
  LogUnknownError,
  MigrationFailedError,
  NameTakenError,
  NoServerUserError,
  PasswordsMissingError,
  PlaceTakenError,
  PortInUseError,
  PostgresBinariesMissingError,
  PostgresDidNotStartError,
  ProcessDidNotStartError,
  PurgeNotConfirmedError,
  SeedDiffersError,
  SeedFailedError,
  SeedSizeMissingError,
  ServerDiffersError,
  ServerUnfitError,
  ServerUnreachableError,
  StackBusyError,
  StateDirectoryForeignError,
} from "./errors.ts";
export {
  brokerCommand,
  formatNode,
  KAFKA_RELEASES,
  keepKafkaJars,
  newClusterId,
  writeNodeFiles,
  type BrokerNode,
  type KafkaVersion,
  type NodePorts,
} from "./kafka/broker.ts";
export { keepJars, type JarSet } from "./kafka/jars.ts";
export { findJava, type Java } from "./kafka/java.ts";
export { getLog, listLogs, type Log } from "./logs/list-logs.ts";
export { followLogs, readLastLines, type LogLine } from "./logs/tail.ts";
export { migrate, unmigrate } from "./migrate.ts";
export { readStackPlan, type CheckedStackPlan } from "./plan/read-stack-plan.ts";
export { stackPlanJsonSchema, type StackPlan } from "./plan/schema.ts";
export { findPostgresBinaries, type PostgresBinaries } from "./postgres/binaries.ts";
export {
  attachCluster,
  findFreePort,
  initialiseCluster,
  startCluster,
  SUPERUSER,
  type Cluster,
} from "./postgres/cluster.ts";
export { findServerUser } from "./postgres/server-user.ts";
export { prepareServer, type ServerPreparation } from "./prepare-server.ts";
export { findStackEnvironment } from "./stack-environment.ts";
export type { StackRequest } from "./stack-request.ts";
export { readStackStatus, type ProcessStatus, type StackStatus } from "./stack-status.ts";
export { startStack, type Stack } from "./start-stack.ts";
export { stopStack, type StopRequest, type Stopped } from "./stop-stack.ts";
export type { ProcessRecord } from "./state/process-record.ts";
