import { isKnownError } from "@strangler/platform";
import type { StageAt, StageChanges, StageWish } from "../../routes/change-stages.ts";
import { STAGES, type Stage } from "../../routes/stages.ts";
import type { ChangeWithEffects } from "../control.ts";
import type { FlipPreview } from "./pages/flip.ts";
import type { DashboardPorts } from "./ports.ts";
import type { RouteView } from "./view.ts";

/** A change as a form describes it. */
export type FlipWish = { wished: StageAt; force: boolean; reason: string; version: string | undefined };

/** Reads a wish; a sentence where it is none. */
export function readWish(form: URLSearchParams, route: RouteView): FlipWish | string {
  const stage = form.get("stage") ?? "";
  if (!isStage(stage)) return `There is no stage "${stage}"; there are ${STAGES.join(", ")}.`;
  const written = form.get("percent") ?? "";
  const percent = written === "" ? (route.at.percent ?? Number.NaN) : Number(written);
  if (stage === "canary" && Number.isNaN(percent))
    return "Stage canary needs a percentage of customers, from 0 to 100.";
  return {
    wished: { stage, percent: stage === "canary" ? percent : null },
    force: form.get("force") === "yes",
    reason: (form.get("reason") ?? "").slice(0, 500).trim(),
    version: form.get("version") ?? undefined,
  };
}

/** What a wish would do, or why it may not be. */
export async function previewFlip(
  ports: DashboardPorts,
  route: RouteView,
  wish: FlipWish,
  complaint?: string,
): Promise<FlipPreview> {
  const { wished, force, reason } = wish;
  const outcome = await attempt(() => ports.change(stageWish(route, wish), "dashboard", undefined, { dryRun: true }));
  return { wished, force, reason, outcome, complaint };
}

/** Does it. Answers what changed, or a sentence saying why nothing did. */
export async function makeFlip(
  ports: DashboardPorts,
  route: RouteView,
  wish: FlipWish,
  actor: string,
): Promise<StageChanges | string> {
  const reason = wish.reason === "" ? undefined : wish.reason;
  const options = { dryRun: false, ifVersion: wish.version };
  const outcome = await attempt(() => ports.change(stageWish(route, wish), actor, reason, options));
  return "changes" in outcome ? outcome.changes : outcome.refusal;
}

// --- internal ---

function isStage(text: string): text is Stage {
  return (STAGES as readonly string[]).includes(text);
}

function stageWish(route: RouteView, { wished, force }: FlipWish): StageWish {
  const { stage, percent } = wished;
  return { selectors: [route.id], stage, percent: percent ?? undefined, force };
}

async function attempt(change: () => Promise<ChangeWithEffects>): Promise<FlipPreview["outcome"]> {
  try {
    return { changes: await change() };
  } catch (error) {
    if (!isKnownError(error)) throw error;
    return { refusal: error.message, jump: error.code === "STAGE_JUMP" };
  }
}
