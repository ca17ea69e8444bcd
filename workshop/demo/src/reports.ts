import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import type { Tour } from "./tour.ts";

/** Takes the reports out of the demo's own state, which is about to be removed, to `.strangler/reports/`. */
export async function keepReports({ repository, findings }: Tour): Promise<void> {
  const { comparison } = findings;
  if (comparison === undefined) return;
  const folder = path.join(repository, ".strangler/reports");
  await mkdir(folder, { recursive: true });
  for (const [kind, file] of Object.entries(comparison.reports)) {
    const kept = path.join(folder, `demo.${kind}`);
    await copyFile(file, kept);
    comparison.reports = { ...comparison.reports, [kind]: kept };
  }
}
