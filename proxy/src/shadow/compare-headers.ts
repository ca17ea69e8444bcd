import { note, type Comparing } from "./comparing.ts";
import { redactPath } from "./redact.ts";
import { isSameFormat } from "./values.ts";

/** Header fields by name in small letters, each with its values in order. */
export type HeaderFields = Readonly<Record<string, readonly string[]>>;

/** Compares the fields that the rules name: what they mean, not how they are spelled. */
export function compareHeaders(comparing: Comparing, control: HeaderFields, candidate: HeaderFields): void {
  for (const name of comparing.rules.headers) {
    const values = (fields: HeaderFields) => (Object.hasOwn(fields, name) ? (fields[name] ?? []) : []);
    const read = READERS[name] ?? readPlain;
    const left = read(values(control));
    const right = read(values(candidate));
    for (const field of new Set([...left.keys(), ...right.keys()])) {
      compareField(comparing, `header:${name}${field}`, left.get(field), right.get(field));
    }
  }
}

/** A media type in one spelling. For JSON the charset has no meaning (RFC 8259 section 11). */
export function mediaTypeOf(contentType: string | undefined): string {
  const [essence = "", ...parameters] = (contentType ?? "").split(";").map((part) => part.trim().toLowerCase());
  if (isJson(essence)) return essence;
  const spelled = parameters.map((parameter) => parameter.replaceAll(/\s*=\s*"?([^"]*)"?$/g, "=$1"));
  return [essence, ...spelled.filter((parameter) => parameter !== "").sort()].join("; ");
}

export function isJson(mediaType: string): boolean {
  return /^application\/json\b|\+json\b/.test(mediaType);
}

// --- internal ---

/** A field as named parts: most have one, "", and cookies one for each name. */
type Reader = (values: readonly string[]) => Map<string, string>;

const readPlain: Reader = (values) => one(values.map((value) => value.trim()).join(", "), values);
// Lists whose order means nothing (RFC 9111 section 5.2, RFC 9110 sections 10.2.1 and 12.5.5).
const readSet: Reader = (values) => one(tokens(values).sort().join(", "), values);

const READERS: Readonly<Record<string, Reader>> = {
  "content-type": (values) => one(mediaTypeOf(values[0]), values),
  "cache-control": readSet,
  allow: readSet,
  vary: readSet,
  "content-language": readSet,
  "set-cookie": readCookies,
};

// A cookie's value is the session's; what the service promises are its name and its attributes.
function readCookies(values: readonly string[]): Map<string, string> {
  return new Map<string, string>(
    values.map((value): [string, string] => {
      const [pair = "", ...attributes] = value.split(";").map((part) => part.trim());
      return [`:${pair.split("=", 1)[0] ?? ""}`, attributes.map(spellAttribute).sort().join("; ")];
    }),
  );
}

// When it ends depends on when it was asked for; that it ends does not.
function spellAttribute(attribute: string): string {
  const [name = "", value] = attribute.split("=", 2);
  const spelled = name.trim().toLowerCase();
  if (value === undefined || spelled === "expires") return spelled;
  return `${spelled}=${spelled === "path" ? value.trim() : value.trim().toLowerCase()}`;
}

function one(text: string, values: readonly string[]): Map<string, string> {
  return values.length === 0 ? new Map<string, string>() : new Map([["", text]]);
}

function tokens(values: readonly string[]): string[] {
  return values
    .join(",")
    .split(",")
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== "");
}

function compareField(comparing: Comparing, field: string, control: string | undefined, candidate: string | undefined) {
  if (control === candidate) return;
  const { excerpts } = comparing;
  const shown = (text: string | undefined) =>
    excerpts.value(PLAIN, text !== undefined && field === "header:location" ? redactPath(text).path : text);
  note(comparing, kindOf(control, candidate), { field }, () => [shown(control), shown(candidate)]);
}

// Attributes of cookies are no secrets, though the name of their field sounds like it.
const PLAIN: readonly string[] = [];

function kindOf(control: string | undefined, candidate: string | undefined) {
  if (candidate === undefined) return "missing";
  if (control === undefined) return "extra";
  return isSameFormat(control, candidate) ? "primitive" : "format";
}
