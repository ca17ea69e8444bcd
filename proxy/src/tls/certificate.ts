import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import type { CertificateReport } from "./report.ts";

/** A certificate with its key, ready for use. */
export type Certificate = CertificateReport & {
  /** Tells two contents of the files apart. */
  readonly mark: string;
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
};

/** Parses PEM texts: the certificate with its chain, and its key. Throws an Error that names the file and what is wrong, nothing of the key. */
export function parseCertificate(certFile: string, cert: string, keyFile: string, key: string): Certificate {
  const leaf = attempt(`${certFile} holds no certificate (PEM)`, () => new X509Certificate(cert));
  const privateKey = attempt(`${keyFile} holds no private key (PEM, without a passphrase)`, () =>
    createPrivateKey(key),
  );
  if (!leaf.checkPrivateKey(privateKey))
    throw new Error(`the key in ${keyFile} does not belong to the certificate in ${certFile}`);
  const options: SecureContextOptions = { cert, key, minVersion: "TLSv1.2" };
  return {
    from: certFile,
    names: namesOf(leaf),
    expiresAt: leaf.validToDate.toISOString(),
    fingerprint: leaf.fingerprint256,
    mark: createHash("sha256").update(`${cert}\0${key}`).digest("base64url"),
    options,
    context: attempt(`${certFile} cannot be used`, () => createSecureContext(options)),
  };
}

/** The certificate for a server name: one that names it, else one with a wildcard for it (RFC 6125 section 6.4.3). */
export function findCertificate(
  certificates: ReadonlyMap<string, Certificate>,
  serverName: string,
): Certificate | undefined {
  const name = serverName.toLowerCase();
  return certificates.get(name) ?? certificates.get(`*${name.slice(name.indexOf("."))}`);
}

/** Certificates by the names they are for. Of two for one name, the one that lasts longer. */
export function byName(certificates: readonly Certificate[]): ReadonlyMap<string, Certificate> {
  const found = new Map<string, Certificate>();
  for (const certificate of certificates) {
    for (const name of certificate.names) {
      const other = found.get(name);
      if (other === undefined || other.expiresAt < certificate.expiresAt) found.set(name, certificate);
    }
  }
  return found;
}

// --- internal ---

function attempt<Value>(complaint: string, make: () => Value): Value {
  try {
    return make();
  } catch (cause) {
    throw new Error(complaint, { cause });
  }
}

// "DNS:example.test, DNS:*.example.test, IP Address:127.0.0.1"
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName
    .split(", ")
    .filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice(4).toLowerCase());
}
