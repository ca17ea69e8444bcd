import { ExitCode } from "@strangler/platform";

export class NoFormulaError extends Error {
  readonly code = "VERIFY_NO_FORMULA";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string) {
    super(
      `The stream "${stream}" cannot be verified: source and target have no hash function in common ` +
        `(hashtextextended, md5 and sha256 were tried). Give the roles EXECUTE on one of them.`,
    );
  }
}
