import type { StreamAddresses } from "../addresses.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { withSession, type Session } from "../postgres/session.ts";
import { keepTargetStore } from "../target-store.ts";
import { readControl, storeControl, type StoredControl } from "./control-store.ts";

/**
 * Stops applying, at once when the stream runs and at its next start when it does not: a running process keeps its slot and takes in
 * what the limits allow, then holds the source back. Survives restarts until `resumeStream`.
 */
export async function pauseStream(plan: StreamPlan, addresses: StreamAddresses, reason?: string): Promise<void> {
  await onTarget(plan, addresses, (session) => storeControl(session, plan.name, "paused", reason));
}

/** Applies again: a stream that was paused, or one that was armed. Answers what it did before. */
export async function resumeStream(plan: StreamPlan, addresses: StreamAddresses): Promise<StoredControl> {
  return onTarget(plan, addresses, async (session) => {
    const before = await readControl(session, plan.name);
    await storeControl(session, plan.name, "applying");
    return before;
  });
}

/** Whether the stream applies, is paused or only armed; as it is stored, also of one that does not run. */
export async function readStreamControl(plan: StreamPlan, addresses: StreamAddresses): Promise<StoredControl> {
  const target = {
    url: addresses.apply,
    what: `The target "${plan.target}"`,
    application: `strangler control ${plan.name}`,
  };
  return withSession(target, (session) => readControl(session, plan.name));
}

// --- internal ---

function onTarget<Result>(
  plan: StreamPlan,
  addresses: StreamAddresses,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const target = {
    url: addresses.apply,
    what: `The target "${plan.target}"`,
    application: `strangler control ${plan.name}`,
  };
  return withSession(target, async (session) => {
    await keepTargetStore(session);
    return use(session);
  });
}
