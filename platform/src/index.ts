export { parseEnvironment } from "./environment.ts";
export { errorCode } from "./error-code.ts";
export {
  ConditionNotMetError,
  EnvironmentInvalidError,
  PlanFileError,
  PortTakenError,
  type PlanFileProblem,
} from "./errors.ts";
export { ExitCode } from "./exit-code.ts";
export { HttpProblem, PROBLEM_MEDIA_TYPE, problem, type Problem } from "./http/problem.ts";
export { drain, listen, startHttpServer, type HttpServer, type HttpServerOptions } from "./http/server.ts";
export { continueTrace, type TraceContext } from "./http/trace-context.ts";
export { isKnownError, type KnownError } from "./known-error.ts";
export { createLogger, type Logger } from "./logger.ts";
export { nearest } from "./nearest.ts";
export { parsePlanText, readPlanFile, type PlanFile } from "./plan-file.ts";
export { runMain } from "./run-main.ts";
export { onTermination } from "./termination.ts";
export { waitFor, type WaitOptions } from "./wait-for.ts";
