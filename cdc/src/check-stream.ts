import type { StreamAddresses } from "./addresses.ts";
import { findProblems } from "./check/check-stream.ts";
import type { StreamProblem } from "./errors.ts";
import type { StreamPlan } from "./plan/stream-plan.ts";
import { withSession } from "./postgres/session.ts";
import { prepareStream } from "./prepare.ts";

/**
 * Asks both databases whether the stream can run, after publishing what the plan names where that is not done yet. Answers with
 * every reason against it, each a sentence with its remedy; none when it can. Throws DatabaseUnreachableError.
 */
export async function checkStream(plan: StreamPlan, addresses: StreamAddresses): Promise<StreamProblem[]> {
  const application = `strangler check ${plan.name}`;
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  await prepareStream(plan, addresses);
  return withSession(source, (reader) =>
    withSession(target, async (writer) => (await findProblems(plan, reader, writer)).problems),
  );
}
