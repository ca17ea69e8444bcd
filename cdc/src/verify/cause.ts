// Why a row differs, as far as what is known of it can tell. A table, read from the top; the first line that fits is the answer.

export type CauseFacts = {
  kind: "missing" | "extra" | "changed";
  /** A change of this row is parked. */
  isParked: boolean;
  /** The row waits to be read anew. */
  isWaiting: boolean;
  /** The source has a row of this key that the filter keeps back. */
  isFiltered: boolean;
  /** Who wrote the target's row last, see foreign-writers.ts; `nobody` where the target has no such row. */
  writer: "stream" | "other" | "unknown" | "nobody";
  /** Writes to the target table that were not the stream's, as far as they were counted. */
  foreignWrites: number | undefined;
  /** Of a changed row: what differs. */
  columns: readonly ColumnFacts[];
};

export type ColumnFacts = {
  /** The plan computes it, or its types differ. */
  isMapped: boolean;
  isFloat: boolean;
  source: string | null;
  target: string | null;
};

/** `code` is stable, for machines. */
export type Cause = { code: CauseCode; sentence: string };

export type CauseCode =
  | "parked"
  | "waiting"
  | "filter"
  | "foreign-writer"
  | "foreign-delete"
  | "digits"
  | "float"
  | "blanks"
  | "cut"
  | "case"
  | "unicode"
  | "mapping"
  | "never-copied"
  | "unknown";

/** The likely cause. Pure. */
export function likelyCause(facts: CauseFacts): Cause {
  const line = CAUSES.find(({ fits }) => fits(facts));
  return { code: line?.code ?? "unknown", sentence: line?.sentence ?? UNKNOWN };
}

// --- internal ---

type Line = { code: CauseCode; fits: (facts: CauseFacts) => boolean; sentence: string };

const UNKNOWN = "nothing that is known of the row tells why";

const CAUSES: readonly Line[] = [
  { code: "parked", fits: ({ isParked }) => isParked, sentence: "a change of this row is parked" },
  { code: "waiting", fits: ({ isWaiting }) => isWaiting, sentence: "the row waits to be read anew" },
  {
    code: "filter",
    fits: ({ kind, isFiltered }) => kind === "extra" && isFiltered,
    sentence: "the source has the row, and the filter keeps it back",
  },
  {
    code: "foreign-writer",
    fits: ({ writer }) => writer === "other",
    sentence: "somebody else than the stream wrote the target's row",
  },
  {
    code: "foreign-delete",
    fits: ({ kind, foreignWrites }) => kind === "missing" && (foreignWrites ?? 0) > 0,
    sentence: "somebody else than the stream has written to this table, and may have deleted the row",
  },
  changed(
    "digits",
    "the same number in other digits",
    ({ source, target, isFloat }) => !isFloat && sameNumber(source, target),
  ),
  changed("float", "a floating-point number in other digits", ({ isFloat }) => isFloat),
  changed("blanks", "the same but for blanks", ({ source, target }) => alike(source, target, (text) => text.trim())),
  changed("case", "the same but for upper and lower case", ({ source, target }) =>
    alike(source, target, (text) => text.toLowerCase()),
  ),
  changed("unicode", "the same letters in another Unicode form", ({ source, target }) =>
    alike(source, target, (text) => text.normalize("NFKC")),
  ),
  changed("cut", "the target's value is the beginning of the source's", ({ source, target }) => isCut(source, target)),
  changed(
    "mapping",
    "only computed or converted columns differ: the mapping may not be exact",
    ({ isMapped }) => isMapped,
  ),
  {
    code: "foreign-writer",
    fits: ({ kind, foreignWrites }) => kind !== "missing" && (foreignWrites ?? 0) > 0,
    sentence: "somebody else than the stream has written to this table",
  },
  {
    code: "never-copied",
    fits: ({ kind, foreignWrites }) => kind === "missing" && foreignWrites === 0,
    sentence: "nobody else has written to this table: the row was never copied, or its insert was lost",
  },
];

// Holds when it is so for every column that differs.
function changed(code: CauseCode, sentence: string, fits: (column: ColumnFacts) => boolean): Line {
  return {
    code,
    sentence,
    fits: ({ kind, columns }) => kind === "changed" && columns.length > 0 && columns.every(fits),
  };
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

function sameNumber(source: string | null, target: string | null): boolean {
  if (source === null || target === null || !NUMBER.test(source) || !NUMBER.test(target)) return false;
  return bareNumber(source) === bareNumber(target);
}

function bareNumber(text: string): string {
  const bare = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return bare === "-0" ? "0" : bare;
}

function alike(source: string | null, target: string | null, form: (text: string) => string): boolean {
  return source !== null && target !== null && form(source) === form(target);
}

function isCut(source: string | null, target: string | null): boolean {
  return source !== null && target !== null && target !== "" && source.startsWith(target);
}
