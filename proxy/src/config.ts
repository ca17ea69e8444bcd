import { parseEnvironment } from "@strangler/platform";
import { z } from "zod";
import { secretsOf, secretVariables } from "./customer/secrets.ts";
import { DEFAULT_ENGINE, ENGINE_NAMES } from "./forward/engines.ts";
import { databaseUrlOf, storeVariables } from "./control/store/store-variables.ts";
import { createTrustedProxies } from "./guard/trusted-proxies.ts";
import type { ProxyConfig } from "./proxy.ts";
import type { UpstreamOverrides } from "./routes/parse.ts";
import { readTracing, tracingEnvironment } from "./telemetry/tracing-config.ts";
import { tlsFilesOf, tlsVariables } from "./tls/tls-variables.ts";
import { upstreamUrl } from "./upstreams/upstream-url.ts";

const port = (byDefault: number) => z.coerce.number().int().min(0).max(65_535).default(byDefault);

const trustedProxies = z
  .string()
  .default("")
  .transform((text, context) => {
    const entries = text.split(",").map((entry) => entry.trim());
    try {
      return createTrustedProxies(entries.filter((entry) => entry !== ""));
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error));
      return z.NEVER;
    }
  });

const environment = z.object({
  ROUTES_FILE: z.string().min(1).default("plan/routes.yaml"),
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: port(8080),
  ADMIN_HOST: z.string().min(1).default("127.0.0.1"),
  ADMIN_PORT: port(8081),
  ...tlsVariables,
  CONSUL_HTTP_TOKEN: z.string().min(1).optional(),
  ADMIN_TOKEN: z.string().min(16, "an admin token has at least 16 characters").optional(),
  ADMIN_TOKENS_FILE: z.string().min(1).optional(),
  ...storeVariables,
  ...secretVariables,
  PROXY_RUN_SECRET: z.string().optional(),
  STREAM_TOKEN: z.string().min(16, "a stream's token has at least 16 characters").optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  TRUSTED_PROXIES: trustedProxies,
  WORKERS: z.coerce.number().int().min(1).max(64).default(1),
  PROXY_ENGINE: z.enum(ENGINE_NAMES).default(DEFAULT_ENGINE),
  ...tracingEnvironment,
});

const UPSTREAM = /^STRANGLER_UPSTREAM_([A-Z0-9_]+)$/;

/** The process's configuration. Throws EnvironmentInvalidError naming every variable that is wrong. */
export function readConfig(
  variables: Readonly<Record<string, string | undefined>>,
): ProxyConfig & { logLevel: string } {
  const read = parseEnvironment(environment, variables);
  return {
    routesFile: read.ROUTES_FILE,
    host: read.HOST,
    port: read.PORT,
    adminHost: read.ADMIN_HOST,
    adminPort: read.ADMIN_PORT,
    adminToken: read.ADMIN_TOKEN,
    adminTokensFile: read.ADMIN_TOKENS_FILE,
    routesDatabaseUrl: databaseUrlOf(read),
    consulToken: read.CONSUL_HTTP_TOKEN,
    tls: tlsFilesOf(read),
    upstreamCa: read.UPSTREAM_CA,
    secrets: secretsOf(read),
    runSecret: read.PROXY_RUN_SECRET,
    streamToken: read.STREAM_TOKEN,
    isTrusted: read.TRUSTED_PROXIES,
    upstreams: upstreamOverrides(variables),
    engine: read.PROXY_ENGINE,
    workers: read.WORKERS,
    tracing: readTracing(read),
    logLevel: read.LOG_LEVEL,
  };
}

/** STRANGLER_UPSTREAM_STOCK_ROOM=http://... is the address of the service "stock-room". */
export function upstreamOverrides(variables: Readonly<Record<string, string | undefined>>): UpstreamOverrides {
  const overrides: Record<string, string> = {};
  for (const [variable, value] of Object.entries(variables)) {
    const name = UPSTREAM.exec(variable)?.[1];
    if (name === undefined || value === undefined || value === "") continue;
    const read = parseEnvironment(z.record(z.string(), upstreamUrl), { [variable]: value });
    overrides[name.toLowerCase().replaceAll("_", "-")] = read[variable] ?? value;
  }
  return overrides;
}
