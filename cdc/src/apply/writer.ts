import type { Session } from "../postgres/session.ts";
import type { FollowedTable } from "./followed-table.ts";
import { createParameterBuilder } from "./parameters.ts";
import { createStatements, type TableStatements } from "./statements.ts";
import type { Writer } from "./write-batch.ts";

/** What writes changes in a session; its statements are prepared when they are first needed. */
export function createWriter(session: Session, isWhole: Writer["isWhole"] = () => true): Writer {
  const known = new WeakMap<FollowedTable["resolved"], TableStatements>();
  return {
    session,
    isWhole,
    parameters: createParameterBuilder(),
    statementsOf: ({ resolved }) => {
      let statements = known.get(resolved);
      if (statements === undefined) {
        statements = createStatements(resolved);
        known.set(resolved, statements);
      }
      return statements;
    },
  };
}
