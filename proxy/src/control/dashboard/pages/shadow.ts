import type { FieldShadow, RouteShadow } from "../../../shadow/report.ts";
import type { Mismatch } from "../../../shadow/mismatch.ts";
import { ago, moment, percent, whole } from "../format.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { routeUrl } from "../paths.ts";
import { badge, type Tone } from "../verdict.ts";
import type { DashboardView } from "../view.ts";

/** Where the candidates' answers differ, route by route. */
export function shadowPage({ routes, now }: DashboardView): Page {
  const compared = routes.flatMap(({ shadow }) => shadow ?? []);
  const main = html`<h1>Shadow report</h1>
    <p class="lead">In stage shadow the monolith answers, the service is asked too, and both answers are compared.</p>
    ${
      compared.length === 0
        ? html`<p class="empty">Nothing has been compared yet. Put a route into stage shadow.</p>`
        : compared.map((route) => routeReport(route, now))
    }`;
  return { title: "Shadow report", section: "/shadow", main, live: true };
}

// --- internal ---

const VERDICTS = {
  real: { tone: "bad", sign: "≠" },
  undecided: { tone: "warn", sign: "?" },
  noise: { tone: "open", sign: "~" },
} as const satisfies Record<FieldShadow["verdict"], { tone: Tone; sign: string }>;

const SAMPLES_SHOWN = 5;

function routeReport(report: RouteShadow, now: number): Html {
  const { route, service, counts, compared, askedTwice, fields, samples } = report;
  return html`<section id="${route}" aria-labelledby="title-${route}">
    <h2 id="title-${route}"><a href="${routeUrl(route)}">${route}</a> <small>against ${service}</small></h2>
    <p class="counts">
      ${badge(counts.equal > 0 ? "good" : "open", "=", `${whole(counts.equal)} equal`)}
      ${badge(counts.different > counts.onlyNoise ? "bad" : "open", "≠", `${whole(counts.different)} different`)}
      ${counts.onlyNoise > 0 && html`<span>of these ${whole(counts.onlyNoise)} only in noise</span>`}
      ${badge(counts.failed > 0 ? "warn" : "open", "!", `${whole(counts.failed)} could not be compared`)}
      ${reasons("not compared", counts.failedBecause)}
      ${reasons(`${whole(counts.dropped)} never asked`, counts.droppedBecause)}
    </p>
    ${fields.length > 0 && fieldTable(fields, compared, askedTwice, now)}
    ${
      samples.length > 0 &&
      html`<h3>Newest samples</h3>
        ${samples
          .slice(-SAMPLES_SHOWN)
          .reverse()
          .map((sample) => drawSample(sample, now))}`
    }
  </section>`;
}

function reasons(title: string, because: Readonly<Record<string, number>>): Html | false {
  const listed = Object.entries(because).map(([reason, times]) => `${reason} ${whole(times)}`);
  return listed.length > 0 && html`<span>${title}: ${listed.join(", ")}</span>`;
}

function fieldTable(fields: readonly FieldShadow[], compared: number, askedTwice: number, now: number): Html {
  return html`<table class="fields">
    <caption>
      Fields that differed, in ${whole(compared)} compared answers; the monolith was asked twice in ${whole(askedTwice)}
    </caption>
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Verdict</th>
        <th scope="col">Kind</th>
        <th scope="col" class="figure">Candidate differs</th>
        <th scope="col" class="figure">Noise of the control</th>
        <th scope="col" class="figure">Last seen</th>
      </tr>
    </thead>
    <tbody>
      ${fields.slice(0, 50).map((field) => fieldRow(field, compared, askedTwice, now))}
    </tbody>
  </table>`;
}

function fieldRow(
  { field, verdict, kind, raw, noise, lastSeen }: FieldShadow,
  compared: number,
  askedTwice: number,
  now: number,
): Html {
  const { tone, sign } = VERDICTS[verdict];
  return html`<tr>
    <th scope="row"><code>${field}</code></th>
    <td data-label="Verdict">${badge(tone, sign, verdict)}</td>
    <td data-label="Kind">${kind}</td>
    <td class="figure" data-label="Candidate differs">${part(raw, compared)}</td>
    <td class="figure" data-label="Noise of the control">${part(noise, askedTwice)}</td>
    <td class="figure" data-label="Last seen">${ago(lastSeen, now)}</td>
  </tr>`;
}

function part(times: number, all: number): string {
  return all === 0 ? "–" : `${whole(times)} (${percent((times / all) * 100)})`;
}

function drawSample(sample: Mismatch, now: number): Html {
  const { method, path, at, differences, more, control, candidate } = sample;
  return html`<details class="sample" id="sample-${sample.id}">
    <summary><code>${method} ${path}</code> <small>${ago(at, now)}, ${moment(at)} UTC</small></summary>
    <p>
      The monolith answered ${control.status} with ${whole(control.bytes)} bytes, ${sample.service} ${candidate.status}
      with ${whole(candidate.bytes)} bytes. Request <code>${sample.requestId}</code>
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">Place</th>
          <th scope="col">Monolith</th>
          <th scope="col">${sample.service}</th>
        </tr>
      </thead>
      <tbody>
        ${differences.map(
          (difference) =>
            html`<tr>
              <th scope="row"><code>${difference.at}</code></th>
              <td data-label="Monolith">${valueText(difference.control)}</td>
              <td data-label="${sample.service}">${valueText(difference.candidate)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${more > 0 && html`<p>And ${whole(more)} more places.</p>`}
  </details>`;
}

function valueText(value: string | null): Html {
  return value === null ? html`<i>nothing</i>` : html`<code>${value}</code>`;
}
