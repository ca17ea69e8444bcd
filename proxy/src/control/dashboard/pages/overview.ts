import { STAGES } from "../../../routes/stages.ts";
import { drawFlips, flipsIn, marksOf } from "../change-list.ts";
import { ago, duration, moment, rate, share, whole } from "../format.ts";
import type { Slice } from "../history.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { nextStage } from "../next-stage.ts";
import { flipUrl, routeUrl } from "../paths.ts";
import { errorShareOf, rateOf, SIDE_COLUMNS, sideCells, sideName } from "../side-figures.ts";
import { drawSidePlots, sparkOf, stepLinks } from "../side-plots.ts";
import { describeStage, drawStage } from "../stage-track.ts";
import { drawVerdicts } from "../verdict.ts";
import type { DashboardView, RouteView, Viewer } from "../view.ts";

/** All routes at a glance: how far each has come, and how its two sides do. */
export function overviewPage(view: DashboardView, viewer: Viewer): Page {
  const flips = flipsIn(view.audit);
  const main = html`<h1>Routes</h1>
    ${warnings(view)} ${tiles(view)}
    <section aria-labelledby="traffic">
      <div class="heading">
        <h2 id="traffic">All traffic</h2>
        ${stepLinks("", viewer.step)}
      </div>
      ${drawSidePlots(view.all, { control: "monolith", candidate: "services" }, viewer.step, marksOf(flips))}
    </section>
    <section aria-labelledby="routes">
      <h2 id="routes">Every route <small>last minute</small></h2>
      ${routeTable(view, viewer)}
    </section>
    <section aria-labelledby="flips">
      <h2 id="flips">Latest flips</h2>
      ${drawFlips(flips.slice(0, 5), view.now)}
    </section>`;
  return { title: "Routes", section: "", main, live: true };
}

/** What is wrong with the proxy itself, above everything else. */
export function warnings({ troubles, refused, now }: DashboardView): Html[] {
  const found = troubles.map((trouble) => html`<p class="warning">${trouble}</p>`);
  if (refused !== undefined) {
    found.push(
      html`<div class="warning">
        <p>
          <b>The newest routes are not in force.</b> Refused ${ago(refused.at, now)}; the last good ones go on serving.
        </p>
        <ul>
          ${refused.reasons.map((reason) => html`<li>${reason}</li>`)}
        </ul>
      </div>`,
    );
  }
  return found;
}

// --- internal ---

function tiles(view: DashboardView): Html {
  const { control, candidate } = view.all;
  const [old, young] = [control.lately, candidate.lately];
  const [oldRate, youngRate] = [old ? rateOf(old) : 0, young ? rateOf(young) : 0];
  const all = oldRate + youngRate;
  const stages = STAGES.map(
    (stage) => [stage, view.routes.filter((route) => route.at.stage === stage).length] as const,
  );
  return html`<dl class="tiles">
    ${tile("Answered by services", all === 0 ? "–" : share(youngRate / all), `${rate(all)} requests/s in all`)}
    ${tile("Errors", errors(old, young), sidesText(old && share(errorShareOf(old)), young && share(errorShareOf(young))))}
    ${tile("p95", duration(worst(old?.p95, young?.p95)), sidesText(old && duration(old.p95), young && duration(young.p95)))}
    ${tile("Fields that differ", whole(realDifferences(view.routes)), comparedText(view.routes))}
    ${tile(
      "Routes",
      String(view.routes.length),
      stages
        .filter(([, count]) => count > 0)
        .map(([stage, count]) => `${count} ${stage}`)
        .join(", "),
    )}
    ${tile("Routes changed", ago(view.loadedAt, view.now), `${moment(view.loadedAt)} UTC`)}
  </dl>`;
}

function tile(name: string, value: string, detail: string): Html {
  return html`<div class="tile">
    <dt>${name}</dt>
    <dd><b>${value}</b><small>${detail}</small></dd>
  </div>`;
}

function errors(old: Slice | undefined, young: Slice | undefined): string {
  const requests = (old?.requests ?? 0) + (young?.requests ?? 0);
  return share(requests === 0 ? undefined : ((old?.errors ?? 0) + (young?.errors ?? 0)) / requests);
}

function worst(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function sidesText(control: string | undefined, candidate: string | undefined): string {
  return `monolith ${control ?? "–"}, services ${candidate ?? "–"}`;
}

function realDifferences(routes: readonly RouteView[]): number {
  return routes.flatMap(({ shadow }) => shadow?.fields ?? []).filter(({ verdict }) => verdict === "real").length;
}

function comparedText(routes: readonly RouteView[]): string {
  const compared = routes.reduce((sum, { shadow }) => sum + (shadow?.counts.compared ?? 0), 0);
  return compared === 0 ? "nothing compared yet" : `in ${whole(compared)} compared answers`;
}

function routeTable({ routes }: DashboardView, viewer: Viewer): Html {
  if (routes.length === 0) return html`<p class="empty">No routes yet: everything goes to the monolith.</p>`;
  return html`<table class="routes">
    <thead>
      <tr>
        <th scope="col">Route</th>
        <th scope="col">Stage</th>
        <th scope="col">Side</th>
        ${SIDE_COLUMNS.map((name) => html`<th scope="col" class="figure">${name}</th>`)}
        <th scope="col">5 min</th>
        <th scope="col">Watch, shadow</th>
      </tr>
    </thead>
    ${routes.map((route) => routeRows(route, viewer))}
  </table>`;
}

function routeRows(route: RouteView, viewer: Viewer): Html {
  const { sides, service } = route;
  return html`<tbody>
    <tr class="first">
      <th scope="rowgroup" rowspan="2" class="route">
        <a href="${routeUrl(route.id)}">${route.id}</a><code>${route.match}</code>
      </th>
      <td rowspan="2" class="stage-cell">${drawStage(route.at, route.reached)} ${viewer.mayFlip && nextLink(route)}</td>
      <td class="side-cell">${sideName("control", "monolith")}</td>
      ${sideCells(sides.control.lately)}
      <td rowspan="2" class="spark-cell">
        ${sparkOf(sides, `Requests per second of ${route.id} in the last 5 minutes`)}
      </td>
      <td rowspan="2" class="verdict-cell">${drawVerdicts(route)}</td>
    </tr>
    <tr class="second">
      <td class="side-cell">${sideName("candidate", service)}</td>
      ${sideCells(sides.candidate.lately)}
    </tr>
  </tbody>`;
}

function nextLink(route: RouteView): Html | false {
  const next = nextStage(route.at);
  if (next === undefined) return false;
  const query = { stage: next.stage, percent: next.percent ?? undefined };
  return html`<a class="next" href="${flipUrl(route.id, query)}"
    ><span aria-hidden="true">→ </span>${describeStage(next)}<span class="unseen"> is next for ${route.id}</span></a
  >`;
}
