import { html } from "../html.ts";
import type { Page } from "../layout.ts";
import { pageUrl } from "../paths.ts";

/** One sentence instead of a page. */
export function messagePage(title: string, detail: string): Page {
  const main = html`<h1>${title}</h1>
    <p>${detail}</p>
    <p><a href="${pageUrl("")}">All routes</a></p>`;
  return { title, section: undefined, main, live: false };
}
