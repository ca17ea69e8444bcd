import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseCertificate, type Certificate } from "./certificate.ts";

/** Where an edge's certificates are: PEM files. */
export type TlsFiles = {
  /** With the chain behind it. For every name that no other certificate is for. */
  readonly certFile: string;
  readonly keyFile: string;
  /** A folder of further certificates, each NAME.crt with NAME.key beside it; which is for whom is told by the names in it. */
  readonly folder?: string | undefined;
};

export type Certificates = { readonly byDefault: Certificate; readonly others: readonly Certificate[] };

/** Reads and checks all of them. Throws an Error with a sentence about the first that is wrong: all are used, or none. */
export async function readCertificates(files: TlsFiles): Promise<Certificates> {
  if (files.certFile === "" || files.keyFile === "") throw new Error("the certificate or its key is not named");
  const byDefault = await readPair(files.certFile, files.keyFile);
  const others: Certificate[] = [];
  for (const certFile of await listFolder(files.folder)) others.push(await readPair(certFile, keyFileOf(certFile)));
  return { byDefault, others };
}

/** Every file that `readCertificates` would read. */
export async function listTlsFiles({ certFile, keyFile, folder }: TlsFiles): Promise<string[]> {
  const others = await listFolder(folder).catch(() => []);
  return [certFile, keyFile, ...others.flatMap((file) => [file, keyFileOf(file)])];
}

// --- internal ---

const MOST_CERTIFICATES = 1_000;

async function readPair(certFile: string, keyFile: string): Promise<Certificate> {
  const [cert, key] = await Promise.all([readText(certFile), readText(keyFile)]);
  return parseCertificate(certFile, cert, keyFile, key);
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`${file} cannot be read`, { cause });
  });
}

async function listFolder(folder: string | undefined): Promise<string[]> {
  if (folder === undefined) return [];
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new Error(`${folder} cannot be read`, { cause });
  });
  const files = names.filter((name) => name.endsWith(".crt")).toSorted();
  if (files.length > MOST_CERTIFICATES) throw new Error(`${folder} holds more than ${MOST_CERTIFICATES} certificates`);
  return files.map((name) => path.join(folder, name));
}

function keyFileOf(certFile: string): string {
  return certFile.replace(/\.crt$/, ".key");
}
