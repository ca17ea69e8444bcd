import type { StageAt } from "../../routes/change-stages.ts";
import { STAGES, type Stage } from "../../routes/stages.ts";
import { percent } from "./format.ts";
import { html, type Html } from "./html.ts";

/** How far a route has come: the stage in words, and four steps of which the canary's is filled as far as its share. */
export function drawStage(at: StageAt, reached: Stage): Html {
  const [now, furthest] = [STAGES.indexOf(at.stage), STAGES.indexOf(reached)];
  return html`<span class="stage">
    <span class="stage-name">${describeStage(at)}</span>
    <svg class="track" width="92" height="10" aria-hidden="true">
      ${STAGES.map((name, index) => drawStep(index, stepState(index, now, furthest), name === "canary" && index === now ? at.percent : null))}
    </svg>
    ${furthest > now && html`<small>was in ${reached}</small>`}
  </span>`;
}

/** `canary 10 %`, `service` */
export function describeStage({ stage, percent: share }: StageAt): string {
  return stage === "canary" && share !== null ? `canary ${percent(share)}` : stage;
}

// --- internal ---

type StepState = "held" | "known" | "ahead";

const STEP_WIDTH = 20.5;

function stepState(index: number, now: number, furthest: number): StepState {
  if (index <= now) return "held";
  return index <= furthest ? "known" : "ahead";
}

function drawStep(index: number, state: StepState, share: number | null): Html {
  const rectangle = (kind: StepState, width: number) =>
    html`<rect class="step ${kind}" x="${index * 23.5 + 0.5}" y="1.5" width="${width}" height="7" rx="2" />`;
  if (share === null) return rectangle(state, STEP_WIDTH);
  return html`${rectangle("known", STEP_WIDTH)}${rectangle("held", Math.max(2, (STEP_WIDTH * share) / 100))}`;
}
