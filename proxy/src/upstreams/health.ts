import type { Instance } from "./instance.ts";
import type { HealthPlan } from "./pool-plan.ts";

type Checked = Pick<Instance, "health" | "passedInARow" | "failedInARow" | "complaint">;

/**
 * What one check makes of an instance; `complaint` is why it failed. The first check ever decides alone, later ones by the thresholds.
 */
export function judgeCheck(before: Checked, complaint: string | undefined, plan: HealthPlan): Checked {
  const passedInARow = complaint === undefined ? before.passedInARow + 1 : 0;
  const failedInARow = complaint === undefined ? 0 : before.failedInARow + 1;
  return {
    health: healthAfter(before.health, passedInARow, failedInARow, plan),
    passedInARow,
    failedInARow,
    complaint,
  };
}

// --- internal ---

function healthAfter(
  health: Checked["health"],
  passedInARow: number,
  failedInARow: number,
  { healthyAfter, unhealthyAfter }: HealthPlan,
): Checked["health"] {
  if (health === "unknown") return passedInARow > 0 ? "up" : "down";
  if (passedInARow >= healthyAfter) return "up";
  if (failedInARow >= unhealthyAfter) return "down";
  return health;
}
