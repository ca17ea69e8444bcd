export { getStreamAddresses, type StreamAddresses } from "./addresses.ts";
export { checkStream } from "./check-stream.ts";
export { adviceLine, preflight, type Preflight } from "./check/preflight.ts";
export type { Advice } from "./check/judge-preflight.ts";
export { describeStream, type StreamDescription, type TableDescription } from "./describe-stream.ts";
export { dropStream } from "./drop-stream.ts";
export {
  AddressMissingError,
  ColumnVanishedError,
  CommitRefusedError,
  DatabaseUnreachableError,
  PasswordRefusedError,
  PositionMovedError,
  ProtocolError,
  PublicationChangedError,
  SlotLostError,
  SourceChangedError,
  SourceRefusedError,
  StreamBusyError,
  StreamNotPossibleError,
  TableNotInStreamError,
  TargetNotEmptyError,
  TargetRefusedError,
  UnknownStreamError,
  problemLine,
  type StreamProblem,
} from "./errors.ts";
export {
  discardParkedTransaction,
  readParked,
  readParkedTransaction,
  retryParkedTransactions,
} from "./parked/parked-commands.ts";
export type { ParkedTransaction, ShownChange } from "./parked/read-parked.ts";
export type { RetryOutcome } from "./parked/retry.ts";
export { isGuarded, listForeignWrites, readGuard, switchGuard, type ForeignWrite } from "./guard/guard.ts";
export { APPLYING, type GuardMode } from "./guard/guard-sql.ts";
export { getKafkaConnection, type KafkaConnection } from "./kafka/connection.ts";
export {
  KafkaAddressMissingError,
  KafkaProducerLostError,
  KafkaRecordTooLargeError,
  KafkaRefusedError,
  KafkaSettingError,
  KafkaUnreachableError,
} from "./kafka/errors.ts";
export { createKafka, type KafkaOptions } from "./kafka/kafkajs.ts";
export {
  NothingToPublishError,
  OutboxColumnsMissingError,
  TopicsCollideError,
  TopicsGoneError,
} from "./kafka/publish/errors.ts";
export type * from "./kafka/port.ts";
export { getStream, readStreams } from "./plan/read-streams.ts";
export { slotName, type StreamPlan, type TablePlan } from "./plan/stream-plan.ts";
export { readSourcePosition, waitUntilApplied } from "./positions.ts";
export { grantApply, grantCapture, prepareStream } from "./prepare.ts";
export { readStreamStatus, type StoredStreamStatus } from "./read-status.ts";
export { OtherSourceError, SourceNotReadyError } from "./run/continuity-errors.ts";
export { serveStream, type ServedStream, type ServeOptions } from "./run/serve-stream.ts";
export type { StreamStatusJson } from "./run/status-json.ts";
export { startStream, type RunningStream, type StreamOptions, type StreamRole } from "./run/start-stream.ts";
export type { CopiedTable, StreamState, StreamStatus } from "./run/stream-status.ts";
export { RepairKeyError, RepairTableNeededError, StreamNotCopiedError, StreamPausedError } from "./repair/errors.ts";
export { repairStream, type RepairOptions, type RepairReport, type TableRepair } from "./repair/repair-stream.ts";
export { auditWriters, type AuditOptions, type AuditReport, type TableAudit } from "./verify/audit-writers.ts";
export type { AuditOutcome } from "./verify/judge-audit.ts";
export type { Cause, CauseCode } from "./verify/cause.ts";
export { NoFormulaError } from "./verify/errors.ts";
export type { Difference, Outcome, TableReport, VerifyReport } from "./verify/report.ts";
export { verifyContinuously, type ContinuousOptions } from "./verify/verify-continuously.ts";
export { pauseStream, readStreamControl, resumeStream } from "./control/stream-commands.ts";
export type { ControlMode, StoredControl } from "./control/control-store.ts";
export { armStream } from "./two-way/pair.ts";
export type { ConflictCounts, ConflictKind, ConflictPolicy } from "./two-way/conflict-policy.ts";
export { findViolations, type Violation } from "./violations/find-violations.ts";
export { verifyStream, type VerifyOptions } from "./verify/verify-stream.ts";
export type { Drift } from "./verify/watch-drift.ts";
export { repairKeys, type Repair } from "./windows/repair-keys.ts";
export { NothingToResyncError } from "./copy/errors.ts";
export { resyncStream } from "./copy/resync-stream.ts";
export type { CopyStatus, TableProgress } from "./copy/copy-progress.ts";
export { shareStreams, type SharedStreams, type ShareOptions } from "./kafka/consume/share-streams.ts";
