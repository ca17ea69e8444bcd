// Parts of tables that were never copied, or are not to be trusted: read window by window, in the order of their plan.

import type { Logger } from "@strangler/platform";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { findChunks, moveChunk, removeChunk, restartPart, type CopyChunk } from "../copy/chunk-store.ts";
import { trackCopy, type CopyProgress } from "../copy/copy-progress.ts";
import { PositionMovedError } from "../errors.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { OneWindow, WindowResult } from "./one-window.ts";
import { keepRefused } from "./repair-keys.ts";
import { findTargetKeys } from "./target-keys.ts";
import type { WindowKey } from "./window-request.ts";
import type { Layouts } from "./window-rows.ts";

export type PartReader = {
  /** Looks at what is planned; others may have planned more. */
  look: () => Promise<void>;
  /** Reads one window of the first part that is missing. Answers false when none is. */
  readOne: () => Promise<boolean>;
  /** Nothing of this table is missing. */
  isWhole: (table: ResolvedTable) => boolean;
  /** Undefined when nothing was missing since this began. */
  progress: () => CopyProgress | undefined;
};

export type PartOptions = {
  stream: string;
  tables: readonly ResolvedTable[];
  target: Session;
  one: OneWindow;
  layouts: Layouts;
  /** Rows in a window. */
  windowRows: number;
  log: Logger;
};

export function createPartReader({ stream, tables, target, one, layouts, windowRows, log }: PartOptions): PartReader {
  let missing: CopyChunk[] = [];
  let incomplete: ReadonlySet<string> = new Set();
  let progress: CopyProgress | undefined;

  function setMissing(chunks: CopyChunk[]): void {
    missing = chunks;
    incomplete = new Set(chunks.map((chunk) => chunk.target));
  }

  async function look(): Promise<void> {
    const all = await findChunks(target, stream);
    if (progress === undefined && all.some(({ isDone }) => !isDone)) progress = trackCopy(all);
    for (const chunk of all) progress?.update(chunk);
    setMissing(all.filter(({ isDone }) => !isDone));
  }

  function noteProgress(chunk: CopyChunk, { rows, bytes, place, isEnd }: Step, { outcome }: WindowResult): void {
    const moved = { ...chunk, rows: chunk.rows + rows.length, bytes: chunk.bytes + bytes, place, isDone: isEnd };
    log.debug({ table: chunk.target, ...outcome }, "a window was read");
    progress?.update(moved);
    setMissing(isEnd ? missing.slice(1) : [moved, ...missing.slice(1)]);
  }

  async function store(session: Session, { number }: CopyChunk, step: Step): Promise<void> {
    const { rows, bytes, place, isEnd } = step;
    const isMoved = await moveChunk(session, stream, number, { rows: rows.length, bytes, place, isDone: isEnd });
    if (!isMoved) throw new PositionMovedError(stream);
  }

  async function readBlocks(table: ResolvedTable, chunk: CopyChunk, work: Blocks): Promise<void> {
    const after = chunk.place ?? `(${work.blocks.first},0)`;
    const layout = layouts(table);
    const result = await one.run({
      layout,
      span: { kind: "blocks", part: work.part, fileNode: work.fileNode, after, endBlock: work.blocks.end },
      finish: async (session, { read, refused }) => {
        // Whoever holds the value may be brought up to date by a later window; then the row is tried again by itself.
        const fatal = refused.find(({ isHeld }) => !isHeld);
        if (fatal !== undefined) throw fatal.error;
        await keepRefused(session, stream, layout, refused);
        await store(session, chunk, { ...read, place: read.place ?? after });
      },
    });
    if (!("read" in result)) return startAnew(work, result.fileNode);
    noteProgress(chunk, { ...result.read, place: result.read.place ?? after }, result);
  }

  async function startAnew({ part }: Blocks, fileNode: string): Promise<void> {
    log.info({ table: formatTable(part) }, "the table was rewritten and is read anew");
    await target.query("BEGIN");
    await restartPart(target, stream, part, fileNode);
    await target.query("COMMIT");
    await look();
  }

  async function removeAbsent(table: ResolvedTable, chunk: CopyChunk): Promise<void> {
    const after = chunk.place === undefined ? undefined : (JSON.parse(chunk.place) as WindowKey);
    const keys = await findTargetKeys(target, table, after, windowRows);
    const last = keys.at(-1) ?? after;
    const place = last === undefined ? undefined : JSON.stringify(last);
    const step = { rows: [], bytes: 0, place, isEnd: keys.length < windowRows };
    const result = await one.run({
      layout: layouts(table),
      span: { kind: "keys", keys, justNames: true },
      finish: (session) => store(session, chunk, step),
    });
    if ("read" in result) noteProgress(chunk, step, result);
  }

  return {
    look,
    async readOne() {
      const [chunk] = missing;
      if (chunk === undefined) return false;
      const table = tables.find(
        ({ from, to }) => formatTable(from) === chunk.source && formatTable(to) === chunk.target,
      );
      if (table !== undefined) {
        await (chunk.work.kind === "blocks" ? readBlocks(table, chunk, chunk.work) : removeAbsent(table, chunk));
        return true;
      }
      // The plan has given the table up.
      await removeChunk(target, stream, chunk.number);
      await look();
      return true;
    },
    isWhole: ({ to }) => !incomplete.has(formatTable(to)),
    progress: () => progress,
  };
}

// --- internal ---

type Blocks = Extract<CopyChunk["work"], { kind: "blocks" }>;

type Step = Pick<WindowResult["read"], "rows" | "bytes" | "place" | "isEnd">;
