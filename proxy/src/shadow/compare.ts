import { compareHeaders, isJson, mediaTypeOf, type HeaderFields } from "./compare-headers.ts";
import { compareHtml } from "./compare-html.ts";
import { compareJson } from "./compare-json.ts";
import { compareBytes, compareText } from "./compare-text.ts";
import { createComparing, note, type Comparing } from "./comparing.ts";
import type { Difference } from "./difference.ts";
import { isText } from "./media-type.ts";
import { parseJson } from "./parse-json.ts";
import { WHOLE_BODY } from "./place.ts";
import { DEFAULT_RULES, type ShadowRules } from "./shadow-rule.ts";

/** An answer as far as it is compared. */
export type Answer = {
  status: number;
  contentType: string | undefined;
  /** Those that may be compared; Content-Type is taken from `contentType`. */
  headers?: HeaderFields;
  /** Decoded: no content coding. Bytes that are no text, one character each (latin1). */
  body: string;
};

export type Comparison =
  | { outcome: "equal" }
  /** `more`: differences beyond those listed, which are one of each field and kind. */
  | { outcome: "different"; differences: readonly [Difference, ...Difference[]]; more: number };

/**
 * Compares the answer that counts with the one on trial by a route's rules: status, chosen header fields, and the body as what
 * it is: JSON by structure, HTML as a browser reads it, other text letter by letter, everything else by bytes. Pure. The third
 * outcome of an experiment, that nothing could be compared, is decided before: here both answers are whole and decoded.
 */
export function compareAnswers(control: Answer, candidate: Answer, rules: ShadowRules = DEFAULT_RULES): Comparison {
  const comparing = createComparing(rules);
  if (control.status !== candidate.status) {
    const shown = [String(control.status), String(candidate.status)] as const;
    note(comparing, "primitive", { field: "status" }, () => shown);
  }
  compareHeaders(comparing, fieldsOf(control), fieldsOf(candidate));
  if (control.body !== candidate.body) compareBodies(comparing, control, candidate);
  const [first, ...others] = comparing.found;
  return first === undefined
    ? { outcome: "equal" }
    : { outcome: "different", differences: [first, ...others], more: comparing.more };
}

// --- internal ---

function fieldsOf({ contentType, headers = {} }: Answer): HeaderFields {
  return contentType === undefined ? headers : { ...headers, "content-type": [contentType] };
}

function compareBodies(comparing: Comparing, control: Answer, candidate: Answer): void {
  const type = mediaTypeOf(control.contentType);
  const other = mediaTypeOf(candidate.contentType);
  if (isJson(type) && isJson(other)) compareJsonBodies(comparing, control.body, candidate.body);
  else if (isHtml(type) && isHtml(other)) orElseAsText(comparing, control.body, candidate.body, compareHtml);
  else if (isText(type) && isText(other)) compareText(comparing, control.body, candidate.body);
  else compareBytes(comparing, control.body, candidate.body);
}

function isHtml(mediaType: string): boolean {
  return /^(?:text\/html|application\/xhtml\+xml)\b/.test(mediaType);
}

function compareJsonBodies(comparing: Comparing, control: string, candidate: string): void {
  const left = parseJson(control);
  const right = parseJson(candidate);
  if (left === undefined && right === undefined) compareText(comparing, control, candidate);
  else if (left === undefined || right === undefined) {
    const shown = [left === undefined ? "no JSON" : "JSON", right === undefined ? "no JSON" : "JSON"] as const;
    note(comparing, "type", { field: WHOLE_BODY }, () => shown);
  } else {
    orElseAsText(comparing, control, candidate, () => compareJson(comparing, left.value, right.value));
  }
}

// What is nested too deep for a walk is still text.
function orElseAsText(
  comparing: Comparing,
  control: string,
  candidate: string,
  compare: (comparing: Comparing, control: string, candidate: string) => void,
): void {
  const before = comparing.found.length;
  try {
    compare(comparing, control, candidate);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    comparing.found.length = before;
    compareText(comparing, control, candidate);
  }
}
