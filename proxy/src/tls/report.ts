/** How it stands with the certificates of an edge. Plain data. */
export type TlsReport = {
  readonly certificates: readonly CertificateReport[];
  /** Why the files as they are now are not in force; the last good certificates stay. null when they are. */
  readonly failure: string | null;
  /** How often other certificates were put in force since the start. */
  readonly reloads: number;
  /** Connections that ended before the handshake did: no common version, no HTTP/1.1, no TLS at all. */
  readonly failedHandshakes: number;
};

export type CertificateReport = {
  /** The file. */
  readonly from: string;
  /** The names it is for. */
  readonly names: readonly string[];
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
  /** SHA-256 of the certificate, hexadecimal, with colons. */
  readonly fingerprint: string;
};

/** What an operator has to see to, in sentences. `now` in milliseconds since 1970. */
export function tlsWarnings({ certificates, failure }: TlsReport, now: number): string[] {
  const expiring = certificates.flatMap(({ from, expiresAt }) => {
    const days = Math.floor((Date.parse(expiresAt) - now) / DAY_MS);
    if (days < 0) return [`The certificate in ${from} expired at ${expiresAt}.`];
    return days < WARN_DAYS ? [`The certificate in ${from} expires at ${expiresAt}, in ${days} days.`] : [];
  });
  return failure === null ? expiring : [`The certificates as they are now cannot be used: ${failure}`, ...expiring];
}

/** What several workers know, in one: they read the same files, and count their own handshakes. */
export function sumTls(reports: readonly (TlsReport | null)[]): TlsReport | null {
  const known = reports.filter((report) => report !== null);
  const [first] = known;
  if (first === undefined) return null;
  return {
    ...(known.find(({ failure }) => failure !== null) ?? first),
    failedHandshakes: known.reduce((sum, { failedHandshakes }) => sum + failedHandshakes, 0),
  };
}

// --- internal ---

const DAY_MS = 86_400_000;
const WARN_DAYS = 14;
