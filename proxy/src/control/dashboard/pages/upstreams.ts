import type { BreakerReport } from "../../../breaker/breakers.ts";
import type { InstanceReport, InstanceState, UpstreamReport } from "../../../upstreams/report.ts";
import { ago, whole } from "../format.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { badge, type Tone } from "../verdict.ts";
import type { DashboardView, ServiceView } from "../view.ts";

/** Every service with its instances, and whether it is asked at all. */
export function upstreamsPage({ services, now }: DashboardView): Page {
  const main = html`<h1>Upstreams</h1>
    <p class="lead">Who is asked, how each of them does, and where a breaker keeps requests away.</p>
    ${services.map((service) => drawService(service, now))}`;
  return { title: "Upstreams", section: "/upstreams", main, live: true };
}

// --- internal ---

const STATES = {
  up: { tone: "good", sign: "✓" },
  unknown: { tone: "open", sign: "…" },
  draining: { tone: "open", sign: "↓" },
  ejected: { tone: "warn", sign: "!" },
  down: { tone: "bad", sign: "✕" },
} as const satisfies Record<InstanceState, { tone: Tone; sign: string }>;

function drawService({ name, url, breaker, upstream, routes }: ServiceView, now: number): Html {
  return html`<section aria-labelledby="service-${name}">
    <h2 id="service-${name}">
      ${name} <small>${name === "monolith" ? "" : `${routes} ${routes === 1 ? "route" : "routes"}`}</small>
    </h2>
    ${breaker && html`<p>${drawBreaker(breaker)}</p>`}
    ${upstream ? drawInstances(upstream, now) : html`<p><code>${url ?? "no address"}</code> <small>one fixed address</small></p>`}
  </section>`;
}

// Every worker has a breaker of its own.
function drawBreaker({ closed, open, halfOpen, openings, refused }: BreakerReport): Html {
  const past =
    openings > 0 && html` <small>opened ${whole(openings)} times, kept ${whole(refused)} requests away</small>`;
  if (open + halfOpen === 0) return html`${badge("good", "✓", "breaker closed")}${past}`;
  const all = closed + open + halfOpen;
  const where = all > 1 ? ` in ${open + halfOpen} of ${all} workers` : "";
  const sign = open > 0 ? badge("bad", "✕", `breaker open${where}`) : badge("warn", "?", `breaker half open${where}`);
  return html`${sign}${past}`;
}

function drawInstances({ instances, discovery, panic }: UpstreamReport, now: number): Html {
  return html`${panic && html`<p class="warning">No instance is thought to be well, so all of them are asked.</p>`}
    ${
      discovery !== null &&
      html`<p>
        Found by <code>${discovery.from}</code>,
        ${discovery.confirmedAt === null ? "never yet confirmed" : `confirmed ${ago(discovery.confirmedAt, now)}`}.
        ${discovery.failure !== null && html`<span class="errors">The newest attempt failed: ${discovery.failure}</span>`}
      </p>`
    }
    <table>
      <thead>
        <tr>
          <th scope="col">Instance</th>
          <th scope="col">State</th>
          ${["In flight", "Answered", "Failed", "Ejections"].map((name) => html`<th scope="col" class="figure">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${instances.map(instanceRow)}
      </tbody>
    </table>`;
}

function instanceRow({ instance, state, complaint, inFlight, answered, failed, ejections }: InstanceReport): Html {
  return html`<tr>
    <th scope="row"><code>${instance}</code></th>
    <td data-label="State">${badge(STATES[state].tone, STATES[state].sign, state)} ${complaint}</td>
    <td class="figure" data-label="In flight">${whole(inFlight)}</td>
    <td class="figure" data-label="Answered">${whole(answered)}</td>
    <td class="figure" data-label="Failed">${whole(failed)}</td>
    <td class="figure" data-label="Ejections">${whole(ejections)}</td>
  </tr>`;
}
