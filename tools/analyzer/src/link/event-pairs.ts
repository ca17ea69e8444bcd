import type { EventUse } from "../facts.ts";
import { sortedBy } from "../order.ts";

/** One sender, one that waits for what it sends. */
export type EventPair = { emit: EventUse; listen: EventUse };

/**
 * Who hears whom: events of one mechanism whose names are equal or fit. On either side `*` stands for any piece of a
 * name, so that `order.*` hears `order.placed`, and so does `order.**`. Events without a known name pair with none.
 */
export function pairEvents(events: readonly EventUse[]): EventPair[] {
  const named = events.filter(({ name }) => name !== null);
  const listeners = named.filter(({ role }) => role === "listen");
  const exact = new Map<string, EventUse[]>();
  for (const listen of listeners) add(exact, channelOf(listen), listen);
  const patterns = listeners.filter(isPattern);
  const pairs = named
    .filter(({ role }) => role === "emit")
    .flatMap((emit) => hearersOf(emit, exact, patterns, listeners).map((listen) => ({ emit, listen })));
  return sortedBy(
    pairs,
    (x) => x.emit.file,
    (x) => x.emit.line,
    (x) => x.emit.name ?? "",
    (x) => x.listen.file,
    (x) => x.listen.line,
    (x) => x.listen.name ?? "",
  );
}

// --- internal ---

function hearersOf(
  emit: EventUse,
  exact: ReadonlyMap<string, EventUse[]>,
  patterns: readonly EventUse[],
  listeners: readonly EventUse[],
): EventUse[] {
  if (isPattern(emit)) return listeners.filter((listen) => fits(emit, listen));
  return [...(exact.get(channelOf(emit)) ?? []), ...patterns.filter((listen) => fits(emit, listen))];
}

function add(map: Map<string, EventUse[]>, key: string, listen: EventUse): void {
  const known = map.get(key);
  if (known) known.push(listen);
  else map.set(key, [listen]);
}

function channelOf({ mechanism, name }: EventUse): string {
  return `${mechanism}\0${name}`;
}

function isPattern({ name }: EventUse): boolean {
  return name?.includes("*") ?? false;
}

function fits(emit: EventUse, listen: EventUse): boolean {
  if (emit.mechanism !== listen.mechanism || emit.name === null || listen.name === null) return false;
  return overlap(emit.name.replaceAll(/\*+/g, "*"), listen.name.replaceAll(/\*+/g, "*"));
}

/** True where some text fits both patterns. */
function overlap(left: string, right: string): boolean {
  if (left === "" || right === "") return /^\**$/.test(left + right);
  if (left[0] === "*") return overlap(left.slice(1), right) || overlap(left, right.slice(1));
  if (right[0] === "*") return overlap(right, left);
  return left[0] === right[0] && overlap(left.slice(1), right.slice(1));
}
