import type { ExportUpstream, Model } from "../model.ts";

/** One backend for each upstream, under its own name. */
export function backendBlocks({ upstreams }: Model): string[] {
  return upstreams.map((upstream) => [`backend ${upstream.name}`, ...serverLines(upstream)].join("\n"));
}

// --- internal ---

function serverLines({ name, secure, host: ownHost, addresses, health, ejection }: ExportUpstream): string[] {
  const check = health === undefined ? "" : ` check ${timesOf(health)}`;
  const observe =
    health === undefined || ejection === undefined ? "" : ` observe layer4 error-limit ${ejection.failures}`;
  return [
    ...(ownHost === undefined ? [] : [`  http-request set-header host ${ownHost}`]),
    ...(addresses.length > 1 ? ["  balance leastconn"] : []),
    ...(health === undefined
      ? []
      : [
          `  option httpchk GET ${health.path}`,
          "  http-check expect rstatus ^2",
          `  timeout check ${health.withinMs}ms`,
        ]),
    ...addresses.map(({ host, port }, index) => {
      const tls = secure ? ` ssl verify required ca-file @system-ca sni str(${host})` : "";
      return `  server ${name}-${index + 1} ${host}:${port}${tls}${check}${observe}`;
    }),
  ];
}

function timesOf({ everyMs, healthyAfter, unhealthyAfter }: NonNullable<ExportUpstream["health"]>): string {
  return `inter ${everyMs}ms rise ${healthyAfter} fall ${unhealthyAfter}`;
}
