import type { Explanation } from "../../../explain.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../layout.ts";
import { pageUrl, routeUrl } from "../paths.ts";
import { describeStage } from "../stage-track.ts";

export type ExplainForm = { method: string; target: string; customer: string; headers: string };

/** Which rule decides about one request, and why: the same functions that decide about real ones. */
export function explainPage(
  form: ExplainForm,
  explanation: Explanation | undefined,
  complaint: string | undefined,
): Page {
  const main = html`<h1>Explain a request</h1>
    <p class="lead">Who would answer it now, and which rule says so. Nothing is sent anywhere.</p>
    <div class="columns">
      <form class="explain" method="get" action="${pageUrl("/explain")}">
        <label class="field"
          >Method <input type="text" name="method" value="${form.method}" required list="methods"
        /></label>
        <datalist id="methods">${METHODS.map((method) => html`<option value="${method}"></option>`)}</datalist>
        <label class="field wide"
          >Path and query <input type="text" name="target" value="${form.target}" required placeholder="/items/7"
        /></label>
        <label class="field"
          >Customer (optional) <input type="text" name="customer" value="${form.customer}" autocomplete="off"
        /></label>
        <label class="field wide"
          >Header lines (optional)
          <textarea name="headers" rows="3" placeholder="x-name: value">${form.headers}</textarea>
        </label>
        <button>Explain</button>
      </form>
      <div>
        ${complaint !== undefined && html`<p class="warning" role="alert">${complaint}</p>`}
        ${explanation && drawExplanation(explanation)}
      </div>
    </div>`;
  return { title: "Explain", section: "/explain", main, live: false };
}

// --- internal ---

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

function drawExplanation({
  method,
  path,
  route,
  stage,
  percent,
  customer,
  bucket,
  answeredBy,
  shadow,
  why,
}: Explanation): Html {
  const fact = (name: string, value: Html | string | null) =>
    html`<dt>${name}</dt>
      <dd>${value ?? "–"}</dd>`;
  return html`<section class="answer" aria-labelledby="answer">
    <h2 id="answer">${answeredBy} answers</h2>
    <p class="why">${why}</p>
    <dl class="facts">
      ${fact("Request", html`<code>${method} ${path}</code>`)}
      ${fact("Route", route && html`<a href="${routeUrl(route.id)}">${route.id}</a> <code>${route.match}</code>`)}
      ${fact("Stage", stage && describeStage({ stage, percent }))} ${fact("Customer", customer)}
      ${fact("Bucket", bucket === null ? null : String(bucket))} ${fact("Compared with", shadow)}
    </dl>
  </section>`;
}
