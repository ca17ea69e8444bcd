import type { Chain, Step } from "./chain.ts";
import { isFunctionNode, snippet, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { nest, type Scope } from "./scope.ts";

/** `knex.transaction(async (trx) => ...)`, `withTransaction(db, async (trx) => ...)`: the callback is one scope. */
export function recordTransaction(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const step of chain.steps) {
    if (!isTransactionStep(chain, step)) continue;
    for (const argument of step.args.filter((candidate) => isFunctionNode(unwrap(candidate)))) {
      const inner = nest(scope, { transaction: openTransaction(recorder, step, scope), statement: null });
      recorder.scopes.set(argument, inner);
    }
  }
}

/** `const trx = await knex.transaction()`: everything that follows in the same function is inside. */
export function opensTransactionWithoutCallback(chain: Chain): boolean {
  const step = chain.steps.at(-1);
  return Boolean(
    step && isTransactionStep(chain, step) && !step.args.some((argument) => isFunctionNode(unwrap(argument))),
  );
}

export function openTransaction(recorder: Recorder, step: Step, scope: Scope): number {
  // A transaction inside another one is a savepoint of it: the outer scope sees its tables as well.
  if (scope.transaction !== null) return scope.transaction;
  return (
    recorder.facts.transactions.push({
      line: recorder.lineOf(step.node),
      in: scope.functionName,
      code: snippet(recorder.source, step.node),
    }) - 1
  );
}

// --- internal ---

const TRANSACTION_NAME =
  /^\$?(?:transaction|withTransaction|inTransaction|runInTransaction|transact|tx|runTransaction|transactionally)$/;

function isTransactionStep(chain: Chain, step: Step): boolean {
  const name = step.name === "" ? (chain.head ?? "") : step.name;
  return TRANSACTION_NAME.test(name.slice(name.lastIndexOf(".") + 1));
}
