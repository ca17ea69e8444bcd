import { ExitCode } from "@strangler/platform";

export class ProxyUnreachableError extends Error {
  readonly code = "PROXY_UNREACHABLE";
  readonly exitCode = ExitCode.environment;

  constructor(adminUrl: string) {
    super(
      `No proxy answers at ${adminUrl}. Start it with "strangler up -d", or name its admin port with --admin ` +
        `and a token of it in ADMIN_TOKEN.`,
    );
  }
}
