import { describe, expect, test } from "@jest/globals";
import { duration, rate, share } from "../../src/control/dashboard/format.ts";
import { html } from "../../src/control/dashboard/html.ts";
import { layOut } from "../../src/control/dashboard/layout.ts";
import { auditPage } from "../../src/control/dashboard/pages/audit.ts";
import { overviewPage } from "../../src/control/dashboard/pages/overview.ts";
import { shadowPage } from "../../src/control/dashboard/pages/shadow.ts";
import { upstreamsPage } from "../../src/control/dashboard/pages/upstreams.ts";
import type { Viewer } from "../../src/control/dashboard/view.ts";
import { createHistory } from "../../src/control/dashboard/history.ts";
import { sampleView } from "./kit/sample-view.ts";

const HOSTILE = `"><img src=x onerror=alert(1)><script>'&`;
const VIEWER: Viewer = {
  name: HOSTILE,
  mayFlip: true,
  maySignIn: true,
  csrf: HOSTILE,
  path: `/?q=${HOSTILE}`,
  step: "fine",
  notice: HOSTILE,
};

describe("markup", () => {
  test("takes everything that is put in as text, and joins lists", () => {
    expect(html`<p title="${'a"b'}">${["<", html`<b>${"&"}</b>`, 7, undefined, false, null]}</p>`.markup).toBe(
      '<p title="a&quot;b">&lt;<b>&amp;</b>7</p>',
    );
  });

  test("is safe on every page, whatever routes, upstreams, answers and people are called", () => {
    const view = poison(sampleView(createHistory()));
    const pages = [
      overviewPage(view, VIEWER),
      shadowPage(view),
      upstreamsPage(view),
      auditPage({ entries: view.audit, verdict: { entries: 1, faults: [HOSTILE] }, more: true }),
    ];

    for (const page of pages) {
      const document = layOut(page, view, VIEWER);
      expect(document).not.toMatch(/<img|<script>|" onerror/);
      expect(document).toContain("&lt;img");
    }
  });

  test("writes figures with few digits", () => {
    const blanks = (text: string) => text.replaceAll("\u00a0", " ");

    expect([0, 0.04, 9.96, 12.3, 3_400].map(rate)).toEqual(["0.0", "0.0", "10.0", "12", "3,400"]);
    expect([0, 0.0004, 0.025, 1].map((part) => blanks(share(part)))).toEqual(["0 %", "0.04 %", "2.5 %", "100 %"]);
    expect([0.4, 12.3, 3_400, Number.POSITIVE_INFINITY, undefined].map((ms) => blanks(duration(ms)))).toEqual([
      "0.4 ms",
      "12 ms",
      "3.4 s",
      "> 37 s",
      "–",
    ]);
  });
});

// --- internal ---

const OURS = new Set(
  "monolith shadow canary service real undecided noise good bad up unknown down ejected draining applied behind refused silent".split(
    " ",
  ),
);

/** The same with every text replaced by a hostile one, but for instants and the words that are ours. */
function poison<Value>(value: Value): Value {
  if (typeof value === "string") return (OURS.has(value) || /^\d{4}-\d\d-\d\dT/.test(value) ? value : HOSTILE) as Value;
  if (Array.isArray(value)) return value.map(poison) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poison(inner)])) as Value;
}
