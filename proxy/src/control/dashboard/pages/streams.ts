import { ago, duration, percent, rate, whole } from "../format.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import type { StreamLook, StreamView } from "../stream-looks.ts";
import { badge, type Tone } from "../verdict.ts";
import type { DashboardView } from "../view.ts";

/** Every stream that the routes file lists: where it stands, how far it lags, what somebody should look at. */
export function streamsPage({ streams, now }: DashboardView): Page {
  const main = html`<h1>Streams</h1>
    <p class="lead">
      Tables on their way from one database to another. Only what is applied is confirmed to the source.
    </p>
    ${
      streams.length === 0
        ? html`<p class="empty">The routes file lists no streams. Add <code>streams: { name: { url: … } }</code>.</p>`
        : streams.map((stream) => drawStream(stream, now))
    }`;
  return { title: "Streams", section: "/streams", main, live: true };
}

// --- internal ---

const STATES: Readonly<Record<string, { tone: Tone; sign: string }>> = {
  following: { tone: "good", sign: "✓" },
  copying: { tone: "open", sign: "…" },
  completing: { tone: "open", sign: "…" },
  starting: { tone: "open", sign: "…" },
  paused: { tone: "warn", sign: "‖" },
  armed: { tone: "open", sign: "○" },
  waiting: { tone: "warn", sign: "!" },
  stopped: { tone: "warn", sign: "■" },
  failed: { tone: "bad", sign: "✕" },
};

const MIB = 1024 * 1024;

function drawStream({ name, url, look, trouble }: StreamView, now: number): Html {
  const { tone, sign } = STATES[look?.state ?? "failed"] ?? { tone: "open", sign: "?" };
  return html`<section aria-labelledby="stream-${name}">
    <h2 id="stream-${name}">${name} <small>${url}</small></h2>
    <p>${badge(tone, sign, look?.state ?? "away")} ${look?.reason ?? trouble}</p>
    ${look && html`${drawAlarms(look, now)}${look.copy === null || look.copy.share >= 1 ? drawFigures(look) : drawCopy(look.copy)}${drawTables(look)}`}
  </section>`;
}

function drawAlarms({ alarms }: StreamLook, now: number): Html | false {
  return (
    alarms.length > 0 &&
    html`<ul class="alarms">
      ${alarms.map(
        ({ name, sentence, since }) =>
          html`<li>${badge("bad", "!", name)} ${sentence} <small>since ${ago(Date.parse(since), now)}</small></li>`,
      )}
    </ul>`
  );
}

function drawFigures(look: StreamLook): Html {
  const figures: [string, string][] = [
    ["Lag", look.lagMs === 0 ? "none" : duration(look.lagMs)],
    ["Log not applied yet", `${whole(look.lagBytes)} B`],
    ["Changes a second", rate(look.changesPerSecond)],
    ["Transactions", whole(look.transactions)],
    ["Parked", whole(look.parked.transactions)],
    [
      "Log kept at the source",
      look.slot === null ? "–" : `${(look.slot.keptBytes / MIB).toFixed(1)} MiB, ${look.slot.walStatus}`,
    ],
    ["Received", look.received],
    ["Applied", look.applied],
    ["Confirmed", look.confirmed],
  ];
  return html`<table>
    <thead>
      <tr>
        ${figures.map(([title]) => html`<th scope="col" class="figure">${title}</th>`)}
      </tr>
    </thead>
    <tbody>
      <tr>
        ${figures.map(([title, figure]) => html`<td class="figure" data-label="${title}">${figure}</td>`)}
      </tr>
    </tbody>
  </table>`;
}

function drawCopy({ share, remainingSeconds, tables }: NonNullable<StreamLook["copy"]>): Html {
  const rest = remainingSeconds === null ? "" : `, about ${whole(Math.ceil(remainingSeconds))} s to go`;
  return html`<p>
      <label>Copied <progress max="1" value="${share}"></progress> ${percent(share * 100)}${rest}</label>
    </p>
    <ul>
      ${tables.map(
        ({ table, rows, estimatedRows, share: part }) =>
          html`<li>
            <code>${table}</code> ${whole(rows)} of about ${whole(estimatedRows)} rows (${percent(part * 100)})
          </li>`,
      )}
    </ul>`;
}

function drawTables({ tables }: StreamLook): Html | false {
  return (
    tables.length > 0 &&
    html`<table>
      <thead>
        <tr>
          <th scope="col">Table</th>
          <th scope="col" class="figure">Changes applied</th>
          <th scope="col" class="figure">Waiting</th>
        </tr>
      </thead>
      <tbody>
        ${tables.map(
          ({ table, changes, waiting }) =>
            html`<tr>
              <th scope="row"><code>${table}</code></th>
              <td class="figure" data-label="Changes applied">${whole(changes)}</td>
              <td class="figure" data-label="Waiting">${whole(waiting)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`
  );
}
