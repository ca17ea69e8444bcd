import type { MismatchReport } from "@strangler/proxy";
import { fetchAdmin, type ProxyAdmin } from "../route/proxy-admin.ts";
import { ProxyUnreachableError } from "./errors.ts";

/** The mismatches a running proxy has kept. Throws ProxyUnreachableError. */
export async function readMismatches(admin: ProxyAdmin): Promise<MismatchReport> {
  const response = await fetchAdmin(admin, "/shadow/mismatches").catch(() => undefined);
  if (response?.ok !== true) throw new ProxyUnreachableError(admin.url);
  return (await response.json()) as MismatchReport;
}
