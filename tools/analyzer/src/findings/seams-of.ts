import type { Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { findOwnership } from "./ownership.ts";
import { findSeams, type Seam } from "./seams.ts";
import { findTransactions } from "./transactions.ts";

/** The seams of a division and nothing else: what a check holds, and what a move is weighed by. */
export function seamsOf(facts: Facts, contexts: Contexts): Seam[] {
  const tables = findOwnership(facts, contexts);
  return findSeams(facts, contexts, tables, findTransactions(facts, contexts, tables));
}
