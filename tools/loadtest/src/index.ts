export { LoadOptionInvalidError, ScenarioSetupFailedError } from "./errors.ts";
export type { Distribution } from "./histogram.ts";
export { startLoad, type LoadOptions } from "./load.ts";
export { findUnfitness, type Failure, type Run, type Snapshot } from "./run.ts";
export type { ArrivalKind } from "./schedule.ts";
export { parseScenario, readScenario } from "./scenario/read-scenario.ts";
export type { Scenario } from "./scenario/schema.ts";
export type { Load } from "./thread/generator.ts";
