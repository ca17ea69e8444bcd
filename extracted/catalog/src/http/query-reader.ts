import { RequestProblem, type Refusal } from "./request-problem.ts";

/** Reads a query string parameter by parameter; `assertGood` complains about all that was wrong at once. */
export type QueryReader = {
  has: (name: string) => boolean;
  /** A text without surrounding blanks. */
  text: (name: string, length?: { min: number; max: number }) => string;
  integer: (name: string, limits: { from: number; to: number; otherwise: number }) => number;
  oneOf: <Choice extends string>(name: string, choices: readonly Choice[], otherwise: Choice) => Choice;
  /** Throws a RequestProblem that names every parameter which was refused. What was read before is worth nothing then. */
  assertGood: () => void;
};

export function createQueryReader(query: Readonly<Record<string, unknown>>): QueryReader {
  const refusals: Refusal[] = [];
  const refuse = <Fallback>(field: string, message: string, fallback: Fallback): Fallback => {
    if (!refusals.some((refusal) => refusal.field === field)) refusals.push({ field, message });
    return fallback;
  };
  return {
    has: (name) => query[name] !== undefined,
    text: (name, { min, max } = { min: 1, max: 200 }) => {
      const value = query[name] ?? (min === 0 ? "" : undefined);
      if (typeof value !== "string") return refuse(name, "must be a text", "");
      const text = value.trim();
      const message = findFault(text, min, max);
      return message === undefined ? text : refuse(name, message, "");
    },
    integer: (name, { from, to, otherwise }) => {
      const value = query[name];
      if (value === undefined) return otherwise;
      const number = typeof value === "string" && INTEGER.test(value) ? Number(value) : Number.NaN;
      if (number >= from && number <= to) return number;
      return refuse(name, `must be a whole number from ${from} to ${to}`, otherwise);
    },
    oneOf: (name, choices, otherwise) => {
      const value = query[name];
      if (value === undefined) return otherwise;
      const choice = choices.find((candidate) => candidate === value);
      return choice ?? refuse(name, `must be one of ${choices.join(", ")}`, otherwise);
    },
    assertGood: () => {
      if (refusals.length === 0) return;
      const sentence = refusals.map(({ field, message }) => `${field} ${message}`).join("; ");
      throw new RequestProblem(400, `${sentence}.`, refusals);
    },
  };
}

// --- internal ---

const INTEGER = /^-?\d{1,10}$/;

function findFault(text: string, min: number, max: number): string | undefined {
  // PostgreSQL's texts hold everything but this.
  if (text.includes("\0")) return "must not contain a null character";
  if (text.length < min) return min === 1 ? "is missing" : `needs at least ${min} characters`;
  if (text.length > max) return `may have at most ${max} characters`;
  return undefined;
}
