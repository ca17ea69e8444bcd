import type { ExportUpstream, Model } from "../model.ts";

/** One backend for each upstream, under its own name. */
export function backendBlocks({ upstreams }: Model): string[] {
  return upstreams.map((upstream) => [`backend ${upstream.name}`, ...serverLines(upstream)].join("\n"));
}

// --- internal ---

function serverLines({ name, secure, addresses }: ExportUpstream): string[] {
  return addresses.map(({ host, port }, index) => {
    const tls = secure ? ` ssl verify required ca-file @system-ca sni str(${host})` : "";
    return `  server ${name}-${index + 1} ${host}:${port}${tls}`;
  });
}
