import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { TrustFileInvalidError } from "../errors.ts";

/**
 * Makes this process trust the authorities of a PEM file besides those that it trusts anyway, wherever it speaks TLS: to upstreams, to
 * the issuer of tokens, to Consul. An upstream without a certificate of a trusted authority for its name is never spoken to. Throws
 * TrustFileInvalidError.
 */
export async function trustAuthorities(file: string): Promise<void> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new TrustFileInvalidError(file, "it cannot be read", cause);
  });
  const certificates = text.match(PEM) ?? [];
  if (certificates.length === 0) throw new TrustFileInvalidError(file, "it holds no certificate (PEM)", undefined);
  for (const [index, certificate] of certificates.entries()) assertReadable(file, index, certificate);
  setDefaultCACertificates([...getCACertificates("default"), ...certificates]);
}

// --- internal ---

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function assertReadable(file: string, index: number, certificate: string): void {
  try {
    void new X509Certificate(certificate);
  } catch (cause) {
    throw new TrustFileInvalidError(file, `its certificate number ${index + 1} cannot be read`, cause);
  }
}
