import type { MismatchReport } from "@strangler/proxy";
import { ProxyUnreachableError } from "./errors.ts";

/** The mismatches a running proxy has kept. Throws ProxyUnreachableError. */
export async function readMismatches(adminUrl: string): Promise<MismatchReport> {
  const response = await fetch(`${adminUrl}/shadow/mismatches`, { signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  );
  if (response?.ok !== true) throw new ProxyUnreachableError(adminUrl);
  return (await response.json()) as MismatchReport;
}
