import type { Instance } from "./instance.ts";
import type { EjectionPlan } from "./pool-plan.ts";

type Listed = Pick<Instance, "listed" | "ejectedUntil" | "health">;

/** Whether one more instance may be left out: not above the plan's percentage, though one of several always may, and never the last. */
export function mayEjectOne(instances: Iterable<Listed>, { atMostPercent }: EjectionPlan): boolean {
  let listed = 0;
  let ejected = 0;
  let serving = 0;
  for (const instance of instances) {
    if (!instance.listed) continue;
    listed += 1;
    if (instance.ejectedUntil !== undefined) ejected += 1;
    else if (instance.health !== "down") serving += 1;
  }
  return serving > 1 && (ejected === 0 || (ejected + 1) * 100 <= atMostPercent * listed);
}

/**
 * How much the next ejection counts, and so how long it is: each one is a base time longer than the one before, and each base time that an
 * instance has served since its return takes one off again.
 */
export function nextSeverity({ severity, returnedAt }: Instance, { forMs }: EjectionPlan, now: number): number {
  const forgiven = Math.floor((now - returnedAt) / forMs);
  return Math.max(0, severity - forgiven) + 1;
}

export function ejectionMs(severity: number, { forMs, atMostMs }: EjectionPlan): number {
  return Math.min(forMs * severity, atMostMs);
}
