import { createServer as createHttpServer, type Server, type ServerOptions } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { SecureContext, Server as TlsServer } from "node:tls";
import type { Logger } from "@strangler/platform";
import { TlsFilesInvalidError } from "../errors.ts";
import { followFiles } from "../follow-files.ts";
import { byName, findCertificate, type Certificate } from "./certificate.ts";
import { listTlsFiles, readCertificates, type Certificates, type TlsFiles } from "./tls-files.ts";
import type { CertificateReport, TlsReport } from "./report.ts";

/** The certificates of an edge, followed. A change is in force for connections that begin after it; open ones go on under the old. */
export type EdgeTls = {
  /** An HTTPS server of these options: TLS 1.2 or newer, HTTP/1.1 only. */
  createServer: (options: ServerOptions) => Server;
  report: () => TlsReport;
  close: () => void;
};

/** Reads the certificates, then follows their files. Throws TlsFilesInvalidError when they are wrong at the start; later the last good ones stay. */
export async function startEdgeTls(files: TlsFiles, log: Logger): Promise<EdgeTls> {
  let certificates = await readCertificates(files).catch((cause: unknown) => {
    throw new TlsFilesInvalidError(cause);
  });
  let named = byName(certificates.others);
  let failure: string | null = null;
  let reloads = 0;
  let failedHandshakes = 0;
  let server: TlsServer | undefined;

  async function look(): Promise<void> {
    try {
      const found = await readCertificates(files);
      if (failure === null && isSame(found, certificates)) return;
      put(found);
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
    }
  }

  function put(found: Certificates): void {
    certificates = found;
    named = byName(found.others);
    server?.setSecureContext(found.byDefault.options);
    failure = null;
    reloads += 1;
    log.info({ certificates: all(found).map(reported) }, "certificates reloaded");
  }

  function refuse(reason: string): void {
    if (failure === reason) return;
    failure = reason;
    log.error({ reason }, "the certificates cannot be used, the last good ones stay in force");
  }

  const following = followFiles(() => listTlsFiles(files), look);
  return {
    createServer: (options) => {
      const https = createHttpsServer({
        ...options,
        ...certificates.byDefault.options,
        ALPNProtocols: ["http/1.1"],
        handshakeTimeout: HANDSHAKE_MS,
        SNICallback: (serverName, answer: (error: null, context?: SecureContext) => void) =>
          answer(null, (findCertificate(named, serverName) ?? certificates.byDefault).context),
      });
      // Otherwise a failed handshake comes as a client's bad request, to be answered in plain text.
      https.removeAllListeners("tlsClientError");
      https.on("tlsClientError", (_error: Error, socket: Socket) => {
        failedHandshakes += 1;
        socket.destroy();
      });
      server = https;
      return https;
    },
    report: () => ({ certificates: all(certificates).map(reported), failure, reloads, failedHandshakes }),
    close: following.close,
  };
}

/** The server of an edge, with or without TLS. */
export function createEdgeServer(tls: EdgeTls | undefined, options: ServerOptions): Server {
  return tls === undefined ? createHttpServer(options) : tls.createServer(options);
}

// --- internal ---

// A client that connects and does not shake hands is cut off: slowloris, one layer below.
const HANDSHAKE_MS = 10_000;

function all({ byDefault, others }: Certificates): Certificate[] {
  return [byDefault, ...others];
}

function reported({ from, names, expiresAt, fingerprint }: Certificate): CertificateReport {
  return { from, names, expiresAt, fingerprint };
}

function isSame(one: Certificates, other: Certificates): boolean {
  return marks(one) === marks(other);
}

function marks(certificates: Certificates): string {
  return JSON.stringify(all(certificates).map(({ from, mark }) => [from, mark]));
}
