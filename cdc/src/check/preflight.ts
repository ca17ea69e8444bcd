import type { StreamAddresses } from "../addresses.ts";
import type { StreamProblem } from "../errors.ts";
import { adviseGuard } from "../guard/advise-guard.ts";
import { DEFAULT_LIMITS, type StreamLimits } from "../run/limits.ts";
import { sourceTables, targetTables, type StreamPlan } from "../plan/stream-plan.ts";
import { withSession } from "../postgres/session.ts";
import { findProblems } from "./check-stream.ts";
import { judgePreflight, type Advice } from "./judge-preflight.ts";
import { readPreflightFacts } from "./preflight-facts.ts";

/** What speaks against a stream, and what should be changed on its two servers. */
export type Preflight = {
  stream: string;
  /** Reasons why it cannot run, see checkStream. */
  problems: readonly StreamProblem[];
  advice: readonly Advice[];
};

/**
 * Looks at both databases of a stream and changes nothing. Throws DatabaseUnreachableError or PasswordRefusedError when one of
 * them does not let us in.
 */
export async function preflight(
  plan: StreamPlan,
  addresses: StreamAddresses,
  limits: Partial<StreamLimits> = {},
): Promise<Preflight> {
  const application = `strangler doctor ${plan.name}`;
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  return withSession(source, (reader) =>
    withSession(target, async (writer) => {
      const facts = {
        source: await readPreflightFacts(reader, sourceTables(plan), isHere(addresses.capture)),
        target: await readPreflightFacts(writer, targetTables(plan), isHere(addresses.apply)),
        wantsFailover: { ...DEFAULT_LIMITS, ...limits }.failoverSlot,
      };
      const { problems } = await findProblems(plan, reader, writer);
      return {
        stream: plan.name,
        problems,
        advice: [...judgePreflight(facts), ...(await adviseGuard(plan, addresses))],
      };
    }),
  );
}

/** One line for a person: what is wrong, and the SQL that changes it. */
export function adviceLine({ side, sentence, sql }: Advice): string {
  return `${side}: ${sentence}.${sql === undefined ? "" : ` ${sql}`}`;
}

// --- internal ---

function isHere(url: string): boolean {
  return URL.canParse(url) && ["127.0.0.1", "localhost", "[::1]", ""].includes(new URL(url).hostname);
}
