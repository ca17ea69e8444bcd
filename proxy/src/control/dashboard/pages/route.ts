import { STAGES } from "../../../routes/stages.ts";
import { drawFlips, flipsIn, marksOf } from "../change-list.ts";
import { duration, rate, share, whole } from "../format.ts";
import type { Slice } from "../history.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { nextStage } from "../next-stage.ts";
import { flipUrl, pageUrl } from "../paths.ts";
import { SIDE_COLUMNS, sideCells, sideName } from "../side-figures.ts";
import { drawSidePlots, stepLinks } from "../side-plots.ts";
import { describeStage, drawStage } from "../stage-track.ts";
import { drawComparison, drawWatch } from "../verdict.ts";
import type { DashboardView, RouteView, Viewer } from "../view.ts";

/** One route: its two sides side by side, what is thought of them, and the way to change its stage. */
export function routePage(view: DashboardView, viewer: Viewer, route: RouteView): Page {
  const flips = flipsIn(view.audit, route.id);
  const main = html`<p class="crumbs"><a href="${pageUrl("")}">Routes</a></p>
    <h1>${route.id}</h1>
    <p class="lead">
      <code>${route.match}</code> moves to <b>${route.service}</b> ${drawStage(route.at, route.reached)}
    </p>
    <section aria-labelledby="sides">
      <div class="heading">
        <h2 id="sides">Control against candidate</h2>
        ${stepLinks(`/routes/${encodeURIComponent(route.id)}`, viewer.step)}
      </div>
      ${drawSidePlots(route.sides, { control: "monolith", candidate: route.service }, viewer.step, marksOf(flips))}
      ${sidesTable(route)}
    </section>
    <div class="columns">
      ${flipForm(route, viewer)}
      <section aria-labelledby="verdict">
        <h2 id="verdict">Verdict</h2>
        ${verdict(route)}
      </section>
    </div>
    <section aria-labelledby="flips">
      <h2 id="flips">Flips of this route</h2>
      ${drawFlips(flips.slice(0, 20), view.now)}
    </section>`;
  return { title: route.id, section: "", main, live: true };
}

/** The choice of a stage: looked at first, changed on the next page. */
export function flipForm(route: RouteView, viewer: Viewer): Html {
  const next = nextStage(route.at);
  const chosen = next ?? route.at;
  return html`<section aria-labelledby="change">
    <h2 id="change">Change the stage</h2>
    ${!viewer.mayFlip && html`<p>${signInHint(viewer)}</p>`}
    <form class="flip" method="get" action="${flipUrl(route.id)}" data-keep>
      <fieldset>
        <legend>Stage</legend>
        ${STAGES.map(
          (stage) =>
            html`<label class="option">
              <input type="radio" name="stage" value="${stage}" ${stage === chosen.stage && html`checked`} /> ${stage}
              ${stage === route.at.stage && html`<small>now</small>`}
            </label>`,
        )}
      </fieldset>
      <label class="field">
        Percent of customers, in stage canary
        <input
          type="number"
          name="percent"
          min="0"
          max="100"
          step="0.01"
          value="${chosen.percent ?? route.at.percent ?? 1}"
        />
      </label>
      <button>Show what would change</button>
    </form>
    ${route.at.stage !== "monolith" && html`<p class="back"><a href="${flipUrl(route.id, { stage: "monolith" })}">Everything back to the monolith</a></p>`}
  </section>`;
}

// --- internal ---

function signInHint({ maySignIn }: Viewer): Html {
  return maySignIn
    ? html`You can look at what a change would do. <a href="${pageUrl("/sign-in")}">Sign in</a> as an operator to make
        it.`
    : html`You can look at what a change would do. To make it, the proxy has to be started with a token for operators.`;
}

function sidesTable({ sides, service, upgrades }: RouteView): Html {
  const row = (kind: "control" | "candidate", name: string, slice: Slice | undefined) =>
    html`<tr>
      <th scope="row">${sideName(kind, name)}</th>
      ${sideCells(slice)}
      <td class="figure" data-label="Requests">${slice ? whole(slice.requests) : "–"}</td>
    </tr>`;
  return html`<table class="sides">
      <caption>
        Last minute
      </caption>
      <thead>
        <tr>
          <th scope="col">Side</th>
          ${SIDE_COLUMNS.map((name) => html`<th scope="col" class="figure">${name}</th>`)}
          <th scope="col" class="figure">Requests</th>
        </tr>
      </thead>
      <tbody>
        ${row("control", "monolith", sides.control.lately)} ${row("candidate", service, sides.candidate.lately)}
      </tbody>
    </table>
    ${upgrades > 0 && html`<p>${whole(upgrades)} open WebSockets.</p>`}`;
}

function verdict({ watch, shadow, at }: RouteView): Html {
  return html`${watch ? watched(watch) : html`<p>${at.stage === "canary" ? "No watch is set for this route." : "The watch looks at routes in stage canary."}</p>`}
  ${shadow && html`<p>${drawComparison(shadow)}</p>`}`;
}

function watched(watch: NonNullable<RouteView["watch"]>): Html {
  const { advance } = watch;
  return html`<p>${drawWatch(watch)} ${watch.text}</p>
    <dl class="facts">
      <dt>Towards bad</dt>
      <dd>${evidence(watch.towardsBad, "bad")}</dd>
      <dt>Towards good</dt>
      <dd>${evidence(watch.towardsGood, "good")}</dd>
      <dt>A bad verdict</dt>
      <dd>${watch.rollsBack ? "sends the route back to the monolith" : "is only reported"}</dd>
      ${
        advance !== null &&
        html`<dt>Advances by itself</dt>
          <dd>${advance.next === null ? "no further" : `to ${describeStage(advance.next)}`}: ${advance.waitsFor}</dd>`
      }
    </dl>`;
}

function evidence(part: number, tone: "good" | "bad"): Html {
  const shown = Math.max(0, Math.min(1, part));
  return html`<svg class="meter" width="120" height="8" aria-hidden="true">
      <rect class="meter-all" width="120" height="8" rx="4" />
      <rect class="meter-part ${tone}" width="${Math.round(shown * 120)}" height="8" rx="4" /></svg
    >${Math.round(shown * 100)} %`;
}

/** What the sides did in the last minute, as a sentence for those who preview a change. */
export function describeTraffic({ control, candidate }: RouteView["sides"]): string {
  const [old, young] = [control.lately, candidate.lately];
  if (old === undefined && young === undefined) return "Nobody has asked for it in the last minute.";
  const one = (name: string, slice: Slice | undefined) =>
    slice === undefined
      ? `the ${name} answered nothing`
      : `the ${name} answered ${rate(slice.requests / slice.seconds)} requests/s (${share(slice.errors / slice.requests)} errors, p95 ${duration(slice.p95)})`;
  return `In the last minute, ${one("monolith", old)} and ${one("service", young)}.`;
}
