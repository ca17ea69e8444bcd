import { ExitCode } from "@strangler/platform";

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
