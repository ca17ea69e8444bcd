import { badRequest, Problem, type FieldError } from "./problem.ts";

/** Reads what somebody sent, field by field, and complains about all of it at once. */
export class Input {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #prefix: string;
  readonly #errors: FieldError[];

  constructor(values: unknown, prefix = "", errors: FieldError[] = []) {
    this.#values = isRecord(values) ? values : {};
    this.#prefix = prefix;
    this.#errors = errors;
  }

  /** A text without surrounding blanks, of `min` to `max` characters. */
  text(name: string, { min = 1, max = 200 }: { min?: number; max?: number } = {}): string {
    const value = this.#values[name];
    if (value === undefined && min === 0) return "";
    if (typeof value !== "string") return this.#refuse(name, "must be a text", "");
    const text = value.trim();
    if (text.includes("\0")) return this.#refuse(name, "must not contain a null character", "");
    if (text.length < min) return this.#refuse(name, min === 1 ? "is missing" : `needs at least ${min} characters`, "");
    if (text.length > max) return this.#refuse(name, `may have at most ${max} characters`, "");
    return text;
  }

  /** Like `text`, but blanks at the ends belong to it. */
  secret(name: string, { min, max = 200 }: { min: number; max?: number }): string {
    const value = this.#values[name];
    if (typeof value !== "string") return this.#refuse(name, "must be a text", "");
    if (value.length < min) return this.#refuse(name, `needs at least ${min} characters`, "");
    if (value.length > max) return this.#refuse(name, `may have at most ${max} characters`, "");
    return value;
  }

  matching(name: string, pattern: RegExp, message: string, max = 200): string {
    const text = this.text(name, { max });
    if (text !== "" && !pattern.test(text)) return this.#refuse(name, message, "");
    return text;
  }

  email(name: string): string {
    return this.matching(name, /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;"]+$/, "must be an e-mail address");
  }

  /** Accepts 3 and "3" (forms send texts). */
  integer(name: string, { from, to, otherwise }: { from: number; to: number; otherwise?: number }): number {
    const value = this.#values[name];
    if (value === undefined && otherwise !== undefined) return otherwise;
    const number = typeof value === "string" && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number) || number < from || number > to)
      return this.#refuse(name, `must be a whole number from ${from} to ${to}`, from);
    return number;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], otherwise: Choice): Choice {
    const value = this.#values[name];
    if (value === undefined) return otherwise;
    const choice = choices.find((candidate) => candidate === value);
    return choice ?? this.#refuse(name, `must be one of ${choices.join(", ")}`, otherwise);
  }

  /** Itself when the field was sent: `input.optional("sort")?.text("sort")`. */
  optional(name: string): Input | undefined {
    return this.#values[name] === undefined ? undefined : this;
  }

  /** Refuses a field for a reason that only the caller knows. */
  check(name: string, isGood: boolean, message: string): void {
    if (!isGood) this.#refuse(name, message, undefined);
  }

  /** The fields below `name`; complaints are collected together. */
  within(name: string): Input {
    if (!isRecord(this.#values[name])) this.#refuse(name, "is missing", undefined);
    return new Input(this.#values[name], `${this.#prefix}${name}.`, this.#errors);
  }

  /** Throws a problem that names every field that was refused. */
  assertGood(): void {
    if (this.#errors.length === 0) return;
    const sentence = this.#errors.map(({ field, message }) => `${field} ${message}`).join("; ");
    throw badRequest(`${sentence}.`, this.#errors);
  }

  #refuse<Fallback>(name: string, message: string, fallback: Fallback): Fallback {
    const field = `${this.#prefix}${name}`;
    if (!this.#errors.some((error) => error.field === field)) this.#errors.push({ field, message });
    return fallback;
  }
}

/** An id from a path, or a problem 404: what is no id names nothing. */
export function idFrom(text: unknown, detail: string): number {
  const id = typeof text === "string" && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (id === 0 || id > 2_147_483_647) throw new Problem(404, detail);
  return id;
}

/** A word from a path (a slug, a number of an order), or a problem 404. */
export function wordFrom(text: unknown, detail: string): string {
  if (typeof text !== "string" || !/^[\w-]{1,200}$/.test(text)) throw new Problem(404, detail);
  return text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
