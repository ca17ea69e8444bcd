/** A number that JavaScript would round: the digits as the message wrote them. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | string | number | NumberText | Json[] | { [name: string]: Json };

export type JsonObject = { [name: string]: Json };

/**
 * Parses JSON without losing a digit: every number that is not a plain small integer is kept as its text. Throws SyntaxError.
 * Relies on the source text that JSON.parse hands to its reviver (ECMAScript's "JSON.parse source text access").
 */
export function parseLossless(text: string): Json {
  return JSON.parse(text, keepDigits as (this: unknown, key: string, value: unknown) => unknown) as Json;
}

/** The digits of a number, or undefined for anything else. */
export function numberText(value: Json): string | undefined {
  if (typeof value === "number") return String(value);
  return value instanceof NumberText ? value.text : undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

// --- internal ---

function keepDigits(_key: string, value: unknown, context: { source: string }): unknown {
  if (typeof value !== "number") return value;
  // -0 is an integer too, and would lose its sign.
  return Number.isSafeInteger(value) && !Object.is(value, -0) && /^-?\d+$/.test(context.source)
    ? value
    : new NumberText(context.source);
}
