import type { StreamAddresses } from "./addresses.ts";
import { dropPublication } from "./capture/publication.ts";
import { dropSlot } from "./capture/slot.ts";
import { rebuildIndexes } from "./copy/deferred-indexes.ts";
import { dropDdlTrigger } from "./ddl/ddl-trigger.ts";
import { StreamBusyError } from "./errors.ts";
import { removeGuard } from "./guard/guard.ts";
import { slotName, type StreamPlan } from "./plan/stream-plan.ts";
import { withSession } from "./postgres/session.ts";
import { removeOrigin } from "./two-way/origin.ts";
import { isLocked } from "./run/stream-lock.ts";
import { firstSlotName } from "./kafka/publish/publish-session.ts";
import { forgetStream } from "./target-store.ts";

/**
 * Forgets a stopped stream: its slot (so that the source keeps no log for it), its publication, the guard of its target tables, its
 * position and all else that its target keeps for it. The rows it has written stay. Cannot be undone: a later start copies afresh. Throws StreamBusyError while a process runs the stream.
 */
export async function dropStream(plan: StreamPlan, addresses: StreamAddresses): Promise<void> {
  const application = `strangler drop ${plan.name}`;
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  const source = { url: addresses.source, what: `The source "${plan.source}"`, application };
  const capture = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  await withSession(target, async (session) => {
    if (await isLocked(session, plan.name)) throw new StreamBusyError(plan.name, "its lock is held");
    // The slot goes first: a position without a slot refuses to go on, a slot without a position would keep log for ever.
    await withSession(capture, async (reader) => {
      await dropSlot(reader, slotName(plan.name));
      await dropSlot(reader, firstSlotName(plan.name));
    });
    await withSession(source, async (owner) => {
      await dropPublication(owner, slotName(plan.name));
      await dropDdlTrigger(owner);
    });
    await withSession({ ...target, url: addresses.target }, async (owner) => {
      await removeGuard(owner, plan.name);
      await removeOrigin(owner, plan.name);
    });
    // Those that a copy had put off, because nobody would build them afterwards.
    await rebuildIndexes(session, plan.name);
    await forgetStream(session, plan.name);
  });
}
