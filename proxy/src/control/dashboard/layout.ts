import { clock } from "./format.ts";
import { html, type Html } from "./html.ts";
import { MOUNT, pageUrl } from "./paths.ts";
import type { DashboardView, Viewer } from "./view.ts";

export type Page = {
  title: string;
  /** Which entry of the menu it belongs to. */
  section: string | undefined;
  main: Html;
  /** Whether the page shows figures that change by themselves. */
  live: boolean;
};

/** A whole document around one page. */
export function layOut(page: Page, view: Pick<DashboardView, "now" | "self" | "version">, viewer: Viewer): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title} · strangler proxy</title>
        <link rel="stylesheet" href="${MOUNT}/style.css" />
        <link rel="icon" href="${MOUNT}/icon.svg" type="image/svg+xml" />
        ${page.live && html`<script src="${MOUNT}/live.js" defer></script>`}
        ${refreshSeconds(viewer) > 0 && html`<meta http-equiv="refresh" content="${refreshSeconds(viewer)}" />`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="brand" href="${MOUNT}">${LEAF}<span>strangler</span></a>
          <nav aria-label="Pages">${SECTIONS.map(([path, name]) => menuEntry(path, name, page.section))}</nav>
          <div class="who">${whoIsHere(viewer)}</div>
        </header>
        ${viewer.notice !== undefined && html`<p class="notice" role="status">${viewer.notice}</p>`}
        <main id="main" tabindex="-1" ${page.live && html`data-live="${pageUrl("/live", { page: viewer.path })}"`}>
          ${page.main}
        </main>
        <footer>
          <span>Replica <b>${view.self}</b></span>
          <span>Routes <code>${view.version}</code></span>
          <span>As of <time id="as-of">${clock(view.now)}</time> UTC</span>
          ${page.live && liveControls(viewer)}
        </footer>
      </body>
    </html>`.markup;
}

// --- internal ---

const SECTIONS = [
  ["", "Routes"],
  ["/shadow", "Shadow"],
  ["/audit", "Audit log"],
  ["/upstreams", "Upstreams"],
  ["/streams", "Streams"],
  ["/replicas", "Replicas"],
  ["/explain", "Explain"],
] as const;

const LEAF = html`<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
  <path class="leaf-back" d="M9 17C3 14 1 8 3 2c6 0 10 5 6 15Z" />
  <path class="leaf-front" d="M9 17c1-8 3-11 8-12 0 7-2 10-8 12Z" />
</svg>`;

function menuEntry(path: string, name: string, section: string | undefined): Html {
  return html`<a href="${pageUrl(path)}" ${path === section && html`aria-current="page"`}>${name}</a>`;
}

function whoIsHere(viewer: Viewer): Html | false {
  if (viewer.name === undefined) return viewer.maySignIn && html`<a href="${pageUrl("/sign-in")}">Sign in</a>`;
  return html`<span>${viewer.name.replace("token:", "")}<small> ${viewer.mayFlip ? "operator" : "viewer"}</small></span>
    <form method="post" action="${pageUrl("/sign-out")}">
      <input type="hidden" name="csrf" value="${viewer.csrf}" />
      <button class="quiet">Sign out</button>
    </form>`;
}

// The script takes the place of these links; a page that reloads by itself is only for who asked for it.
function liveControls(viewer: Viewer): Html {
  const url = new URL(viewer.path, "http://dashboard");
  const again = (refresh: number | undefined) => {
    if (refresh === undefined) url.searchParams.delete("refresh");
    else url.searchParams.set("refresh", String(refresh));
    return `${MOUNT}${url.pathname === "/" ? "" : url.pathname}${url.search}`;
  };
  const reloads = refreshSeconds(viewer) > 0;
  return html`<span id="live" class="live-controls">
    <a href="${again(refreshSeconds(viewer) || undefined)}">Reload</a>
    <a href="${again(reloads ? undefined : 10)}">${reloads ? "Stop reloading" : "Reload every 10 s"}</a>
  </span>`;
}

function refreshSeconds({ path }: Viewer): number {
  return new URL(path, "http://dashboard").searchParams.get("refresh") === "10" ? 10 : 0;
}
