import type { ReplicaState } from "../../replicas/describe.ts";
import { ago, duration } from "../format.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { badge, type Tone } from "../verdict.ts";
import type { DashboardView } from "../view.ts";

/** Every replica, and what it said to the newest routes. */
export function replicasPage({ replicas, self, now }: DashboardView): Page {
  const main = html`<h1>Replicas</h1>
    <p class="lead">A change is complete when every replica has applied it.</p>
    <table>
      <thead>
        <tr>
          <th scope="col">Replica</th>
          <th scope="col">Newest routes</th>
          <th scope="col">In force</th>
          <th scope="col" class="figure">Swapped in</th>
          <th scope="col" class="figure">Heard from</th>
        </tr>
      </thead>
      <tbody>
        ${replicas.map((replica) => replicaRow(replica, replica.id === self, now))}
      </tbody>
    </table>`;
  return { title: "Replicas", section: "/replicas", main, live: true };
}

// --- internal ---

const STATES = {
  applied: { tone: "good", sign: "✓" },
  behind: { tone: "open", sign: "…" },
  refused: { tone: "bad", sign: "✕" },
  silent: { tone: "warn", sign: "!" },
} as const satisfies Record<ReplicaState, { tone: Tone; sign: string }>;

function replicaRow(replica: DashboardView["replicas"][number], isSelf: boolean, now: number): Html {
  const { id, host, pid, state, refused, version, appliedAt, swapMs, seenMsAgo } = replica;
  return html`<tr>
    <th scope="row"><code>${id}</code> <small>${isSelf ? "this one" : `${host}, process ${pid}`}</small></th>
    <td data-label="Newest routes">${badge(STATES[state].tone, STATES[state].sign, state)} ${refused?.reason}</td>
    <td data-label="In force"><code>${version}</code> <small>${ago(appliedAt, now)}</small></td>
    <td class="figure" data-label="Swapped in">${duration(swapMs)}</td>
    <td class="figure" data-label="Heard from">${ago(now - seenMsAgo, now)}</td>
  </tr>`;
}
