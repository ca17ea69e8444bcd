import type { Logger } from "@strangler/platform";
import type { RoutesStore } from "../store/routes-store.ts";
import { CHAIN_START, type ChainEnd } from "./entry.ts";
import { verifyAudit, type AuditVerdict } from "./verify.ts";

export type LogGuard = {
  /** Has the log brought up to date soon: after a change, in case it came past the log. */
  look: () => void;
  /** Follows the whole chain, at most once in ten seconds unless `anew`. */
  verify: (anew: boolean) => Promise<AuditVerdict>;
  /** Settles when nothing is written any more. */
  close: () => Promise<void>;
};

// Whoever changes routes holds the lock for milliseconds, and enters the change before letting go of it.
const SETTLE_MS = 400;
const VERDICT_LASTS_MS = 10_000;

/**
 * Watches over the audit log for one replica: enters edits that came past it, and remembers where the log ended. A log whose end is
 * cut off is an unbroken chain all the same; only who has seen it longer can tell.
 */
export function guardLog(store: RoutesStore, log: Logger): LogGuard {
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let known: ChainEnd = CHAIN_START;
  let verdict: { at: number; value: AuditVerdict } | undefined;
  let complained = false;

  async function catchUp(): Promise<void> {
    try {
      const entry = await store.noticeOutsideEdit();
      if (entry)
        log.warn({ seq: entry.seq, action: entry.action, version: entry.after.version }, "entered in the audit log");
      const [newest] = await store.history({ limit: 1 });
      if (newest !== undefined) remember(newest);
      complained = false;
    } catch (error) {
      if (!complained) log.warn({ err: error }, "the audit log cannot be kept here");
      complained = true;
    }
  }

  // The log of the proxy is a second place that knows where the chain ended.
  function remember({ seq, hash }: ChainEnd): void {
    if (seq < known.seq || (seq === known.seq && hash !== known.hash)) {
      log.error(
        { known, found: { seq, hash } },
        "the audit log is not the one it was: its end was cut off or rewritten",
      );
      return;
    }
    if (seq > known.seq) log.info({ seq, hash }, "the audit log ends here");
    known = { seq, hash };
  }

  async function verify(anew: boolean): Promise<AuditVerdict> {
    if (!anew && verdict !== undefined && performance.now() - verdict.at < VERDICT_LASTS_MS) return verdict.value;
    const value = await verifyAudit(store.auditLines(), { knownEnd: known });
    verdict = { at: performance.now(), value };
    if (value.faults.length === 0) remember(value.end);
    return value;
  }

  function look(): void {
    // Replicas take turns by chance, so that the first has entered it when the others look.
    timer ??= setTimeout(
      () => {
        timer = undefined;
        writing = catchUp();
      },
      SETTLE_MS * (1 + Math.random()),
    );
    timer.unref();
  }

  look();
  async function close(): Promise<void> {
    clearTimeout(timer);
    await writing;
  }

  return { look, verify, close };
}
