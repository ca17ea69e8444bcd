import type { Check, Examined, Finding } from "./finding.ts";
import {
  checkChromium,
  checkDisk,
  checkJava,
  checkMemory,
  checkNginx,
  checkNode,
  checkPlatform,
} from "./machine-checks.ts";
import {
  checkBinaries,
  checkDataDirectory,
  checkPlace,
  checkPlan,
  checkPorts,
  checkProcesses,
  checkSecrets,
  checkServerPrograms,
  checkServerUser,
  checkStateDirectory,
} from "./stack-checks.ts";

const CHECKS: readonly Check[] = [
  checkPlatform,
  checkNode,
  checkMemory,
  checkDisk,
  checkPlan,
  checkPorts,
  checkStateDirectory,
  checkSecrets,
  checkBinaries,
  checkServerUser,
  checkServerPrograms,
  checkPlace,
  checkDataDirectory,
  checkProcesses,
  checkChromium,
  checkJava,
  checkNginx,
];

/** Looks at everything that can keep a stack from running, and says what mends it. Changes nothing. */
export async function examine(examined: Examined): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(await check(examined));
  return findings;
}
