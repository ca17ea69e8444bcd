import { z } from "zod";
import type { TlsFiles } from "./tls-files.ts";

/** What the environment says about certificates. */
export const tlsVariables = {
  TLS_CERT: z.string().min(1).optional(),
  TLS_KEY: z.string().min(1).optional(),
  TLS_FOLDER: z.string().min(1).optional(),
  UPSTREAM_CA: z.string().min(1).optional(),
};

/** The files of the edge's certificates; undefined: no TLS. One of the two without the other is found when they are read. */
export function tlsFilesOf({
  TLS_CERT,
  TLS_KEY,
  TLS_FOLDER,
}: { [Name in keyof typeof tlsVariables]?: string | undefined }): TlsFiles | undefined {
  if (TLS_CERT === undefined && TLS_KEY === undefined && TLS_FOLDER === undefined) return undefined;
  return { certFile: TLS_CERT ?? "", keyFile: TLS_KEY ?? "", folder: TLS_FOLDER };
}
