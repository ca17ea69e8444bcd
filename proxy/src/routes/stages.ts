/** How far a route's migration is, from first to last. */
export const STAGES = ["monolith", "shadow", "canary", "service"] as const;
export type Stage = (typeof STAGES)[number];

/** The name under which `services` lists the monolith; it answers whatever no route has taken out. */
export const MONOLITH = "monolith";

/** What a stage does with a request. `next` is the only stage that can be reached from it without --force. */
export const STAGE_TABLE = {
  monolith: { answers: "monolith", comparesService: false, next: "shadow" },
  shadow: { answers: "monolith", comparesService: true, next: "canary" },
  canary: { answers: "a share of customers: service, the others: monolith", comparesService: false, next: "service" },
  service: { answers: "service", comparesService: false, next: null },
} as const satisfies Record<Stage, { answers: string; comparesService: boolean; next: Stage | null }>;

/** The later of two stages. */
export function furthest(a: Stage, b: Stage): Stage {
  return STAGES.indexOf(a) >= STAGES.indexOf(b) ? a : b;
}

/**
 * Whether a route may go from `current` to `wanted` without --force: one stage forward, or to any stage it has already
 * held (`reached` is the furthest of these). What has been held was tried; what was skipped was not.
 */
export function isAllowedStep(current: Stage, wanted: Stage, reached: Stage | undefined): boolean {
  const held = furthest(current, reached ?? current);
  return STAGES.indexOf(wanted) <= STAGES.indexOf(held) || STAGE_TABLE[current].next === wanted;
}

/** The stages that a jump from `current` to `wanted` would leave out. */
export function skippedStages(current: Stage, wanted: Stage): Stage[] {
  return STAGES.slice(STAGES.indexOf(current) + 1, STAGES.indexOf(wanted));
}
