import type { ShadowReport } from "@strangler/proxy";
import { fetchAdmin, type ProxyAdmin } from "../route/proxy-admin.ts";
import { ProxyUnreachableError } from "./errors.ts";

/** What a running proxy has learnt from its comparisons. Throws ProxyUnreachableError. */
export async function readShadowReport(admin: ProxyAdmin): Promise<ShadowReport> {
  const response = await fetchAdmin(admin, "/shadow/report").catch(() => undefined);
  if (response?.ok !== true) throw new ProxyUnreachableError(admin.url);
  return (await response.json()) as ShadowReport;
}
