// What `strangler stream parked` does: looks into the store, and asks the stream to retry or discard. A stream that runs is asked by
// a request that it serves between two transactions; of one that does not run, the lock is taken and the same is done here.

import { waitFor, type Logger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { assertStream } from "../check/check-stream.ts";
import { findAnswer, storeRequest, type StreamRequest } from "../control/control-store.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { closeSession, withSession, type Session } from "../postgres/session.ts";
import { streamSessions } from "../run/sessions.ts";
import { isLocked, lockStream } from "../run/stream-lock.ts";
import { NotParkedError } from "./errors.ts";
import { listParked, showChanges, type ParkedTransaction, type ShownChange } from "./read-parked.ts";
import { discardParked, retryParked, type RetryOptions, type RetryOutcome } from "./retry.ts";

/** The stream's parked transactions, in commit order; discarded ones too. */
export async function readParked(
  plan: StreamPlan,
  addresses: StreamAddresses,
  { values = false }: { values?: boolean } = {},
): Promise<ParkedTransaction[]> {
  return withTarget(plan, addresses, (session) => listParked(session, plan.name, { values }));
}

/** One parked transaction with its first changes, at most `limit` (default 100). Throws NotParkedError. */
export async function readParkedTransaction(
  plan: StreamPlan,
  addresses: StreamAddresses,
  id: string,
  { values = false, limit = 100 }: { values?: boolean; limit?: number } = {},
): Promise<ParkedTransaction & { shown: ShownChange[] }> {
  return withTarget(plan, addresses, async (session) => {
    const transaction = await getParked(session, plan.name, id, values);
    return { ...transaction, shown: await showChanges(session, id, { values, limit }) };
  });
}

export type ParkedCommandOptions = { log: Logger; limitMs?: number };

/** Writes one parked transaction again, or with "all" each of them, in commit order. Throws NotParkedError. */
export async function retryParkedTransactions(
  plan: StreamPlan,
  addresses: StreamAddresses,
  id: string,
  options: ParkedCommandOptions,
): Promise<RetryOutcome[]> {
  const parked = id === "all" ? null : id;
  const answer = await ask(plan, addresses, { verb: "retry", parked, reason: null }, options);
  return answer as RetryOutcome[];
}

/** Gives a parked transaction up, with the reason that stays beside it. Cannot be undone. Throws NotParkedError. */
export async function discardParkedTransaction(
  plan: StreamPlan,
  addresses: StreamAddresses,
  id: string,
  reason: string,
  options: ParkedCommandOptions,
): Promise<void> {
  await ask(plan, addresses, { verb: "discard", parked: id, reason }, options);
}

/** Serves a request; by the stream's own process, or by whom has its lock. */
export async function serveRequest(options: RetryOptions, { verb, parked, reason }: Omit<StreamRequest, "id">) {
  if (verb === "retry") return retryParked(options, parked);
  const isDone = parked !== null && (await discardParked(options.session, options.stream, parked, reason ?? ""));
  options.log.warn({ parked, reason }, "a parked transaction is discarded");
  return { discarded: isDone };
}

// --- internal ---

const ANSWER_LIMIT_MS = 60_000;

function withTarget<Result>(
  plan: StreamPlan,
  addresses: StreamAddresses,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const application = `strangler parked ${plan.name}`;
  return withSession({ url: addresses.apply, what: `The target "${plan.target}"`, application }, use);
}

async function getParked(session: Session, stream: string, id: string, values: boolean): Promise<ParkedTransaction> {
  const all = await listParked(session, stream, { values });
  const found = all.find((each) => each.id === id);
  if (found !== undefined) return found;
  const known = all.filter(({ state }) => state !== "discarded").map((each) => each.id);
  throw new NotParkedError(stream, id, known);
}

async function ask(
  plan: StreamPlan,
  addresses: StreamAddresses,
  request: Omit<StreamRequest, "id">,
  { log, limitMs = ANSWER_LIMIT_MS }: ParkedCommandOptions,
): Promise<unknown> {
  return withTarget(plan, addresses, async (session) => {
    if (request.parked !== null) await getParked(session, plan.name, request.parked, false);
    if (!(await isLocked(session, plan.name))) return serveHere(plan, addresses, request, log);
    const id = await storeRequest(session, plan.name, request);
    return waitFor(`the stream "${plan.name}" to answer`, () => findAnswer(session, id), { limitMs, everyMs: 20 });
  });
}

async function serveHere(
  plan: StreamPlan,
  addresses: StreamAddresses,
  request: Omit<StreamRequest, "id">,
  log: Logger,
): Promise<unknown> {
  const sessions = streamSessions(plan, addresses);
  const target = await sessions.applier();
  const source = await sessions.source();
  try {
    await lockStream(target, plan.name, 0, new AbortController().signal);
    const { tables } = await assertStream(plan, source, target);
    return await serveRequest({ session: target, stream: plan.name, tables, log }, request);
  } finally {
    await closeSession(source);
    await closeSession(target);
  }
}
