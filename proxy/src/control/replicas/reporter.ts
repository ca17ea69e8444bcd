import { randomBytes } from "node:crypto";
import type { Logger } from "@strangler/platform";
import { MACHINE } from "../machine.ts";
import { HEARTBEAT_MS, type ReplicaRegister, type ReplicaStatus } from "./register.ts";

/** Says in the register what is in force here, at once and then every few seconds. */
export type Reporter = {
  applied: (version: string, swapMs: number) => void;
  refused: (version: string, reason: string) => void;
  status: () => ReplicaStatus;
  /** Says it anew at once. */
  tell: () => void;
  close: () => Promise<void>;
};

export type ReporterOptions = {
  register: ReplicaRegister;
  version: string; /** Where it is administered; empty until it listens. */
  adminUrl: () => string;
  log: Logger;
};

export function startReporter({ register, version, adminUrl, log }: ReporterOptions): Reporter {
  const id = `${process.pid}-${randomBytes(6).toString("hex")}`;
  let status: Omit<ReplicaStatus, "adminUrl"> = {
    id,
    host: MACHINE,
    pid: process.pid,
    version,
    appliedAt: new Date().toISOString(),
    swapMs: 0,
    refused: null,
  };
  let telling: Promise<void> | undefined;
  let tellAgain = false;
  let complained = false;

  function current(): ReplicaStatus {
    return { ...status, adminUrl: adminUrl() || null };
  }

  // One at a time, and the newest last: two that overlap could arrive in the wrong order.
  function tell(): void {
    tellAgain = true;
    telling ??= tellNewest().finally(() => {
      telling = undefined;
    });
  }

  async function tellNewest(): Promise<void> {
    while (tellAgain) {
      tellAgain = false;
      await register.announce(current()).then(
        () => void (complained = false),
        (error: unknown) => {
          if (!complained) log.warn({ err: error }, "other programs cannot be told which routes are in force here");
          complained = true;
        },
      );
    }
  }

  const heartbeat = setInterval(tell, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    applied: (next, swapMs) => {
      status = { ...status, version: next, swapMs, appliedAt: new Date().toISOString(), refused: null };
      tell();
    },
    refused: (refusedVersion, reason) => {
      status = { ...status, refused: { version: refusedVersion, reason } };
      tell();
    },
    status: current,
    tell,
    close: async () => {
      clearInterval(heartbeat);
      tellAgain = false;
      await telling;
      await register.leave(id).catch(() => undefined);
    },
  };
}
