import { ago } from "../format.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { badge, type Tone } from "../verdict.ts";
import type { DashboardView, ReplicaView } from "../view.ts";

/** Every replica, and what it said to the newest routes. */
export function replicasPage({ replicas, now }: DashboardView): Page {
  const main = html`<h1>Replicas</h1>
    <p class="lead">A change is complete when every replica has applied it.</p>
    <table>
      <thead>
        <tr>
          <th scope="col">Replica</th>
          <th scope="col">Newest routes</th>
          <th scope="col">In force</th>
          <th scope="col" class="figure">Heard from</th>
        </tr>
      </thead>
      <tbody>
        ${replicas.map((replica) => replicaRow(replica, now))}
      </tbody>
    </table>`;
  return { title: "Replicas", section: "/replicas", main, live: true };
}

// --- internal ---

const STATES = {
  applied: { tone: "good", sign: "✓" },
  behind: { tone: "open", sign: "…" },
  refused: { tone: "bad", sign: "✕" },
  lost: { tone: "warn", sign: "!" },
} as const satisfies Record<ReplicaView["state"], { tone: Tone; sign: string }>;

function replicaRow({ name, self, state, detail, version, seenAt }: ReplicaView, now: number): Html {
  return html`<tr>
    <th scope="row">${name} ${self && html`<small>this one</small>`}</th>
    <td data-label="Newest routes">${badge(STATES[state].tone, STATES[state].sign, state)} ${detail}</td>
    <td data-label="In force"><code>${version}</code></td>
    <td class="figure" data-label="Heard from">${ago(seenAt, now)}</td>
  </tr>`;
}
