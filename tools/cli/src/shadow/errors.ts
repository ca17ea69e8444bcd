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

export class RouteNotShadowedError extends Error {
  readonly code = "ROUTE_NOT_SHADOWED";
  readonly exitCode = ExitCode.usage;

  constructor(route: string, known: readonly string[]) {
    super(
      `The route "${route}" has not been in stage shadow since the proxy started. ` +
        (known.length === 0 ? "No route has." : `There are: ${known.join(", ")}.`),
    );
  }
}
