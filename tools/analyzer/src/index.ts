export { analyze, type AnalyzeOptions } from "./analyze.ts";
export { SCHEMA_VERSION, type Analysis } from "./analysis.ts";
export { SHARED, type Context } from "./contexts/contexts.ts";
export type { Cycle } from "./findings/cycles.ts";
export type { TableOwnership, TableUser } from "./findings/ownership.ts";
export type { Seam, SeamKind } from "./findings/seams.ts";
export type { Benefit, BuildItem, Extraction, ExtractionStep } from "./findings/extraction/extraction.ts";
export type { Metrics } from "./findings/metrics.ts";
export type { Remedy } from "./findings/remedies.ts";
export type { TableAdvice } from "./findings/table-advice.ts";
export type { Tie } from "./findings/ties.ts";
export type { Reason, Verdict } from "./findings/verdict.ts";
export type { TransactionFinding } from "./findings/transactions.ts";
export type { Place, Problem, Route, Unresolved } from "./facts.ts";
export { renderJson } from "./report/json.ts";
export { renderMermaid } from "./report/mermaid.ts";
export { renderText, type TextOptions } from "./report/text.ts";
export { readFacts } from "./read/read-facts.ts";
export { readImports } from "./read/read-imports.ts";
export { checkImports, type Violation } from "./rules/check-imports.ts";
export { parseImportRules, type ImportRule } from "./rules/import-rules.ts";
export type { ImportRecord, Imports } from "./rules/imports.ts";
export { analyzeCommand } from "./commands/analyze.ts";
export { acceptCommand } from "./commands/accept.ts";
export { checkCommand } from "./commands/check.ts";
export { draftCommand } from "./commands/draft.ts";
export { explainCommand } from "./commands/explain.ts";
export { whatifCommand } from "./commands/whatif.ts";
export {
  ConfigurationInvalidError,
  NoSourceFilesError,
  PartUnknownError,
  NotWritableError,
  PathMissingError,
  UsageError,
} from "./errors.ts";
