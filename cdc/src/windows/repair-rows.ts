// Single rows whose keys wait: read by name, all of one table in one window.

import type { Logger } from "@strangler/platform";
import { isRefusal } from "../apply/refusal.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { OneWindow } from "./one-window.ts";
import { dropRepairKeys, findRepairs, keepRefused, settledKeys, type Repair } from "./repair-keys.ts";
import type { Layouts } from "./window-rows.ts";

export type RepairOptions = {
  stream: string;
  tables: readonly ResolvedTable[];
  target: Session;
  one: OneWindow;
  layouts: Layouts;
  log: Logger;
};

/** Reads what waits. Answers how many keys waited, and for how many of them nothing is left to be done. */
export type RowRepairer = () => Promise<{ waited: number; settled: number }>;

export function createRowRepairer({ stream, tables, target, one, layouts, log }: RepairOptions): RowRepairer {
  async function repair(asked: Repair): Promise<number> {
    const table = tables.find(({ from, to }) => formatTable(from) === asked.from && formatTable(to) === asked.to);
    if (table === undefined) return giveUp(asked, "the plan has no such table");
    if (asked.keys.some((key) => key.length !== table.sourceKey.length)) return giveUp(asked, "the key has changed");
    try {
      return await repairIn(table, asked);
    } catch (error) {
      // A text that is no value of the key's type: the others must not suffer for it.
      if (!isRefusal(error)) throw error;
      return asked.keys.length === 1 ? giveUp(asked, error.message) : repairEach(asked);
    }
  }

  async function repairIn(table: ResolvedTable, asked: Repair): Promise<number> {
    const layout = layouts(table);
    let settled: Repair["keys"] = [];
    const result = await one.run({
      layout,
      span: { kind: "keys", keys: asked.keys, justNames: false },
      finish: async (session, { work, refused }) => {
        await keepRefused(session, stream, layout, refused);
        settled = settledKeys(layout, work, refused, asked.keys);
        await dropRepairKeys(session, stream, { ...asked, keys: settled });
      },
    });
    if ("read" in result) {
      log.info({ table: asked.to, ...result.outcome, refused: result.refused.length }, "single rows were read anew");
    }
    return settled.length;
  }

  async function repairEach(asked: Repair): Promise<number> {
    let settled = 0;
    for (const key of asked.keys) settled += await repair({ ...asked, keys: [key] });
    return settled;
  }

  async function giveUp(asked: Repair, why: string): Promise<number> {
    log.warn({ table: asked.to, keys: asked.keys.length, why }, "rows cannot be read anew");
    await dropRepairKeys(target, stream, asked);
    return asked.keys.length;
  }

  return async () => {
    let waited = 0;
    let settled = 0;
    for (const asked of await findRepairs(target, stream, KEYS_AT_ONCE)) {
      waited += asked.keys.length;
      settled += await repair(asked);
    }
    return { waited, settled };
  };
}

// --- internal ---

const KEYS_AT_ONCE = 1_000;
