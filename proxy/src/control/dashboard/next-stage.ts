import type { StageAt } from "../../routes/change-stages.ts";

/** What a careful person would do next with a route: one stage forward, and in canary a larger share. undefined at the end. */
export function nextStage({ stage, percent }: StageAt): StageAt | undefined {
  if (stage === "monolith") return { stage: "shadow", percent: null };
  if (stage === "shadow") return { stage: "canary", percent: SHARES[0] };
  if (stage === "service") return undefined;
  const larger = SHARES.find((share) => share > (percent ?? 0));
  return larger === undefined ? { stage: "service", percent: null } : { stage: "canary", percent: larger };
}

// --- internal ---

const SHARES = [1, 10, 50, 100] as const;
