export { BUCKETS, bucketOf, HASHES, sideOf, type HashName } from "./customer/hash.ts";
export { createKeyring, type Keyring } from "./customer/keyring.ts";
export { signOverride, type OverrideGrant, type OverrideRule } from "./customer/override.ts";
export { readSecrets } from "./customer/secrets.ts";
export { readConfig, upstreamOverrides } from "./config.ts";
export { decide, type Decision, type Override, type RequestFacts } from "./decide.ts";
export { startProxy, type Proxy, type ProxyConfig } from "./proxy.ts";
export type { RouteReport, RouteStatus } from "./report.ts";
export type { KeptMismatches as MismatchReport } from "./edge.ts";
export { parseRoutes, type RoutesSnapshot, type Upstream, type UpstreamOverrides } from "./routes/parse.ts";
export { describeMatch, type Route } from "./routes/route.ts";
export { routesSchema } from "./routes/schema.ts";
export { MONOLITH, STAGES, type Stage } from "./routes/stages.ts";
export { findRoute, type RouteTable } from "./routes/table.ts";
export { compareAnswers, type Answer, type Comparison } from "./shadow/compare.ts";
export type { Difference, DifferenceKind } from "./shadow/difference.ts";
export type { Mismatch } from "./shadow/mismatch.ts";
export type { SideCount } from "./traffic.ts";
export type { DropReason, FailReason, ShadowCount } from "./shadow/shadow-count.ts";
export { explainRequest, type ExplainKnowledge, type Explanation, type Question } from "./explain.ts";
export type { StageAt, StageChange, StageChanges, StageWish } from "./routes/change-stages.ts";
export { changeRoutes, changeStages, type ChangeOptions, type RoutesChange } from "./control/change-routes.ts";
export { createFileStore } from "./control/store/file-store.ts";
export { initPostgresStore, type InitResult } from "./control/store/init-postgres-store.ts";
export { openStore, readStorePlace } from "./control/store/open-store.ts";
export { GRANTS } from "./control/store/postgres-schema.ts";
export { effectOf, type ChangeEffect, type RouteFacts } from "./control/effect.ts";
export { stateOf, type ReplicaState } from "./control/replicas/describe.ts";
export type { ReplicaStatus, SeenReplica } from "./control/replicas/register.ts";
export { createToken, ROLES, tokensFile, type Role, type StoredToken } from "./control/admin/tokens.ts";
export { replay } from "./control/audit/text-step.ts";
export type { RoutesStore } from "./control/store/routes-store.ts";
export { verifyAudit, type AuditFault, type AuditVerdict } from "./control/audit/verify.ts";
export type { AuditEntry, AuditNote, ChainEnd } from "./control/audit/entry.ts";
export { readRoutes } from "./routes/read.ts";
export {
  ForceWithoutReasonError,
  PercentMissingError,
  PercentOutOfRangeError,
  PercentUselessError,
  RoutesChangedMeanwhileError,
  RoutesLockedError,
  RoutesNotWritableError,
  RoutesStoreAwayError,
  RoutesStoreEmptyError,
  RouteUnknownError,
  ServiceWithoutRoutesError,
  StageJumpError,
  TlsFilesInvalidError,
  TrustFileInvalidError,
} from "./errors.ts";
export { DEFAULT_ENGINE, ENGINE_NAMES, type EngineName } from "./forward/engines.ts";
export {
  sumShadowReports,
  type FieldLimits,
  type FieldShadow,
  type RouteShadow,
  type ShadowReport,
} from "./shadow/report.ts";
export { examine, type ExamineOptions, type Trial } from "./shadow/examine.ts";
export { createLedgers, type Ledgers } from "./shadow/ledgers.ts";
export type { RouteLedger } from "./shadow/ledger.ts";
export { DEFAULT_RULES, shadowRule, toShadowRules, type ShadowRule, type ShadowRules } from "./shadow/shadow-rule.ts";
export { EXPORT_ENGINES, type ExportEngine, type ExportFile, type ExportOptions, type Loss } from "./export/engines.ts";
export { exportRoutes, type RoutesExport } from "./export/export-routes.ts";
export type { RouteWatch, SideSeen, Verdict, WatchMove, WatchReport } from "./watch/report.ts";
export type { BreakerReport } from "./breaker/breakers.ts";
export type { DiscoveryReport, InstanceReport, InstanceState, UpstreamReport } from "./upstreams/report.ts";
export type { AdmissionReport, KeysReport, RouteAdmission } from "./admission/report.ts";
export { tlsWarnings, type CertificateReport, type TlsReport } from "./tls/report.ts";
