import type { StageAt } from "../../../routes/change-stages.ts";
import type { ChangeWithEffects } from "../../control.ts";
import { percent, rate } from "../format.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { flipUrl, pageUrl, routeUrl } from "../paths.ts";
import { rateOf } from "../side-figures.ts";
import { describeStage, drawStage } from "../stage-track.ts";
import { badge } from "../verdict.ts";
import type { RouteView, Viewer } from "../view.ts";
import { describeTraffic } from "./route.ts";

/** What somebody wants, and what a dry run of it says. */
export type FlipPreview = {
  wished: StageAt;
  /** Whether stages may be jumped over. */
  force: boolean;
  outcome: { changes: ChangeWithEffects } | { refusal: string; jump: boolean };
  /** Kept in the form when it has to be shown again. */
  reason: string;
  /** Why a confirmed change was not made. */
  complaint: string | undefined;
};

/** The page between the wish and the change. */
export function flipPage(viewer: Viewer, route: RouteView, preview: FlipPreview): Page {
  const { wished, outcome, complaint } = preview;
  const main = html`<p class="crumbs">
      <a href="${pageUrl("")}">Routes</a> / <a href="${routeUrl(route.id)}">${route.id}</a>
    </p>
    <h1>${route.id} to ${describeStage(wished)}</h1>
    ${complaint !== undefined && html`<p class="warning" role="alert">${complaint}</p>`}
    ${"changes" in outcome ? effect(viewer, route, preview, outcome.changes) : refusal(route, preview, outcome)}`;
  return { title: `${route.id} to ${describeStage(wished)}`, section: "", main, live: false };
}

/** Sentences about what a change does to whom. */
export function describeEffect(route: RouteView, to: StageAt): string[] {
  const { control, candidate } = route.sides;
  const all = (control.lately ? rateOf(control.lately) : 0) + (candidate.lately ? rateOf(candidate.lately) : 0);
  const [before, after] = [shareOf(route.at), shareOf(to)];
  return [
    `${route.service} answers ${percent(after)} of the customers instead of ${percent(before)}${all === 0 ? "" : `: about ${rate((all * after) / 100)} of ${rate(all)} requests/s as it is now`}.`,
    whoMoves(before, after, route.service),
    to.stage === "shadow"
      ? `${route.service} is asked too, for reads only, and its answers are compared; no customer sees them.`
      : "",
  ].filter((sentence) => sentence !== "");
}

// --- internal ---

function effect(viewer: Viewer, route: RouteView, preview: FlipPreview, changes: ChangeWithEffects): Html {
  if (changes.before === changes.after) {
    return html`<p>Nothing would change: ${route.id} is in ${describeStage(preview.wished)} already.</p>
      <p><a href="${routeUrl(route.id)}">Back to the route</a></p>`;
  }
  return html`<div class="before-after">
      <div><span class="caption">Now</span>${drawStage(route.at, route.reached)}</div>
      <span class="arrow" aria-hidden="true">→</span>
      <div><span class="caption">After</span>${drawStage(preview.wished, preview.wished.stage)}</div>
    </div>
    <h2>What it does</h2>
    <ul>
      ${describeEffect(route, preview.wished).map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
    ${changes.effects.flatMap(({ warnings }) => warnings).map((warning) => html`<p class="caution">${badge("warn", "!", "mind")} ${warning}</p>`)}
    <p>${describeTraffic(route.sides)}</p>
    <p>
      Based on routes <code>${changes.before}</code>: if somebody changes them before you, nothing is done and you are
      told.
    </p>
    ${confirmForm(viewer, route, preview, changes.before)}`;
}

function refusal(
  route: RouteView,
  { wished }: FlipPreview,
  { refusal: why, jump }: { refusal: string; jump: boolean },
): Html {
  const query = { stage: wished.stage, percent: wished.percent ?? undefined, force: "yes" };
  return html`<p class="warning">${why}</p>
    <p>
      ${jump && html`<a href="${flipUrl(route.id, query)}">Look at what the jump would do</a> · `}
      <a href="${routeUrl(route.id)}">Back to the route</a>
    </p>`;
}

function confirmForm(viewer: Viewer, route: RouteView, { wished, force, reason }: FlipPreview, version: string): Html {
  if (!viewer.mayFlip) return signInFirst(viewer);
  return html`<form class="confirm" method="post" action="${flipUrl(route.id)}">
    <input type="hidden" name="csrf" value="${viewer.csrf}" />
    <input type="hidden" name="version" value="${version}" />
    <input type="hidden" name="stage" value="${wished.stage}" />
    ${wished.percent !== null && html`<input type="hidden" name="percent" value="${wished.percent}" />`}
    ${force && html`<input type="hidden" name="force" value="yes" />`}
    <label class="field">
      ${force ? "Why the stages between may be jumped over" : "Why (optional)"}
      <input
        type="text"
        name="reason"
        maxlength="500"
        value="${reason}"
        autocomplete="off"
        ${force && html`required`}
      />
    </label>
    <p class="actions">
      <button class="act">Set ${describeStage(wished)}</button>
      <a href="${routeUrl(route.id)}">Cancel</a>
    </p>
  </form>`;
}

function signInFirst({ maySignIn, path }: Viewer): Html {
  if (!maySignIn) return html`<p>Nothing can be changed here: the proxy was started without a token for operators.</p>`;
  return html`<p><a href="${pageUrl("/sign-in", { next: path })}">Sign in as an operator</a> to make this change.</p>`;
}

function shareOf({ stage, percent: part }: StageAt): number {
  if (stage === "service") return 100;
  return stage === "canary" ? (part ?? 0) : 0;
}

function whoMoves(before: number, after: number, service: string): string {
  if (after > before) return `Nobody who is with ${service} already is moved back.`;
  return after < before ? `Customers beyond ${percent(after)} go back to the monolith with their next request.` : "";
}
