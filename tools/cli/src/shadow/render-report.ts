import type { FieldShadow, RouteShadow } from "@strangler/proxy";
import colors from "picocolors";
import { renderTable } from "../render-table.ts";
import { describe } from "./ask-again.ts";
import { nextSteps } from "./next-steps.ts";

/** What the comparisons of one route have shown, as people read it. */
export function renderRouteShadow(route: RouteShadow): string {
  return [
    colors.bold(`${route.route}: the monolith against ${route.service}`),
    ...outcomes(route),
    ...fieldLines(route),
    ...sampleLines(route),
    ...nextSteps(route).map((step) => `-> ${step}`),
  ].join("\n");
}

// --- internal ---

const FIELDS_SHOWN = 20;
const SAMPLES_SHOWN = 5;
const PAINT = { real: colors.red, undecided: colors.yellow, noise: colors.dim };

function outcomes({ counts }: RouteShadow): string[] {
  const noisy = counts.onlyNoise > 0 ? `, of these ${counts.onlyNoise} only in noise` : "";
  const lines = [`  ${counts.compared} compared: ${counts.equal} equal, ${counts.different} different${noisy}`];
  if (counts.failed > 0) lines.push(`  ${counts.failed} could not be compared: ${listed(counts.failedBecause)}`);
  if (counts.dropped > 0) lines.push(`  ${counts.dropped} never asked: ${listed(counts.droppedBecause)}`);
  if (counts.unsampled > 0) lines.push(`  ${counts.unsampled} left out of the sample`);
  return lines;
}

function listed(reasons: Readonly<Record<string, number>>): string {
  return Object.entries(reasons)
    .map(([reason, times]) => `${reason} ${times}`)
    .join(", ");
}

function fieldLines({ fields, compared, askedTwice, fieldsEvicted }: RouteShadow): string[] {
  if (fields.length === 0) return [];
  const head = [
    "verdict",
    "field",
    "kind",
    `of ${compared}`,
    `noise of ${askedTwice}`,
    "first seen",
    "last seen",
    "sample",
  ];
  const table = renderTable(head, fields.slice(0, FIELDS_SHOWN).map(rowOf), { right: [3, 4] });
  const hidden = Math.max(0, fields.length - FIELDS_SHOWN) + fieldsEvicted;
  const more = hidden > 0 ? [`  and ${hidden} more fields`] : [];
  return [...table.split("\n").map((line) => `  ${line}`), ...more];
}

function rowOf({ verdict, field, kind, raw, noise, firstSeen, lastSeen, sample }: FieldShadow): string[] {
  return [
    PAINT[verdict](verdict),
    field,
    kind,
    String(raw),
    String(noise),
    moment(firstSeen),
    moment(lastSeen),
    sample ?? "",
  ];
}

// To the second, in UTC.
function moment(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

function sampleLines({ fields, samples }: RouteShadow): string[] {
  const wanted = new Set(fields.filter(({ verdict }) => verdict !== "noise").map(({ sample }) => sample));
  return samples
    .filter(({ id }) => wanted.has(id))
    .slice(-SAMPLES_SHOWN)
    .flatMap(({ id, method, path, differences }) => [
      `  ${id}  ${method} ${path}`,
      ...differences.map((difference) => `      ${describe(difference)}`),
    ]);
}
