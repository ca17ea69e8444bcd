import { ExitCode } from "@strangler/platform";
import type { Failure } from "./run.ts";

export type SetupFailure = { step: string; path: string; reason: string };

export class ScenarioSetupFailedError extends Error {
  readonly code = "LOAD_SETUP_FAILED";
  readonly exitCode = ExitCode.environment;
  readonly facts: SetupFailure;

  constructor(facts: SetupFailure) {
    super(
      `No load was made: the setup request "${facts.step}" (${facts.path}) was not answered as the scenario expects: ` +
        `${facts.reason}. Is the system up, and is its data loaded? Look with "strangler status".`,
    );
    this.facts = facts;
  }
}

export class LoadOptionInvalidError extends Error {
  readonly code = "LOAD_OPTION_INVALID";
  readonly exitCode = ExitCode.usage;
  readonly option: string;

  constructor(option: string, reason: string) {
    super(`${option}: ${reason}`);
    this.option = option;
  }
}

export class AnswersNotCorrectError extends Error {
  readonly code = "LOAD_ANSWERS_NOT_CORRECT";
  readonly exitCode = ExitCode.finding;
  readonly side: string;
  readonly failures: readonly Failure[];

  constructor(side: string, failures: readonly Failure[]) {
    const [first] = failures;
    super(
      `Nothing was compared: with "${side}" answering, ${failures.length} of the scenario's steps failed, first ` +
        `"${first?.step}" (${first?.method} ${first?.path}): ${first?.reason}. ` +
        `Mend that first; the speed of a wrong answer is worth nothing.`,
    );
    this.side = side;
    this.failures = failures;
  }
}
