import type { ChangeEffect } from "@strangler/proxy";
import colors from "picocolors";

/** What a change would mean for customers: below each route, indented. */
export function renderEffect({ lastMinute, customersMoved, warnings }: ChangeEffect): string[] {
  const { share, to } = customersMoved;
  const moved = to === null ? [] : [`${percent(share)} of the customers move to the ${to}`];
  const counted = lastMinute === null ? [] : [requests(lastMinute)];
  const facts = [...moved, ...counted].join("; ");
  return [...(facts === "" ? [] : [`    ${facts}`]), ...warnings.map((warning) => colors.yellow(`    ! ${warning}`))];
}

// --- internal ---

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}

function requests({ seconds, monolith, service }: NonNullable<ChangeEffect["lastMinute"]>): string {
  const within = seconds >= 59 ? "in the last minute" : `in the last ${Math.round(seconds)} s`;
  return `${monolith + service} requests ${within} (monolith ${monolith}, service ${service})`;
}
