import type { StreamAddresses } from "../addresses.ts";
import { APPLYING } from "../guard/guard-sql.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { openSession, type Session } from "../postgres/session.ts";

/** How a stream opens its sessions: as whom, and with which settings. */
export type StreamSessions = {
  source: () => Promise<Session>;
  /** Reads rows beside the log; what it writes there waits for no standby. */
  windows: () => Promise<Session>;
  replication: () => Promise<Session>;
  /** Writes as a replica: triggers and foreign keys have done their work at the source already. */
  target: () => Promise<Session>;
  /** The one that applies; statements are sent without waiting for answers. */
  applier: () => Promise<Session>;
};

export function streamSessions(plan: StreamPlan, addresses: StreamAddresses): StreamSessions {
  const application = `strangler stream ${plan.name}`;
  // By this the guard of the target knows whom to let pass.
  const common = { ...COMMON, [APPLYING]: plan.name };
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  return {
    source: () => openSession(source),
    windows: () => openSession({ ...source, settings: WINDOWS }),
    replication: () => openSession({ ...source, replication: true }),
    target: () => openReplica({ ...target, settings: common }),
    applier: () => openReplica({ ...target, settings: { ...common, ...APPLIER }, pipeline: true }),
  };
}

// --- internal ---

const COMMON = {
  // A killed process must not hold its lock until a long statement of its has ended.
  client_connection_check_interval: "1s",
  // No limit that was meant for web requests may cut a long copy.
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
};

const WINDOWS = {
  synchronous_commit: "local",
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  // A table's rows are read in the order in which they lie, from its beginning.
  synchronize_seqscans: "off",
  max_parallel_workers_per_gather: "0",
};

// Every statement of the applier joins a few rows with a table by its key. A plan made while the table was small or empty would
// read all of it, and stay in use when it has grown.
const APPLIER = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
};

// Not among the start-up settings: a role that may SET this parameter by a GRANT may not yet do so while it logs in.
async function openReplica(options: Parameters<typeof openSession>[0]): Promise<Session> {
  const session = await openSession(options);
  await session.query("SET session_replication_role = replica").catch(() => undefined);
  return session;
}
