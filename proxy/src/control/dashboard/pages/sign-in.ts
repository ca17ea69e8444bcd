import { html } from "../html.ts";
import type { Page } from "../layout.ts";
import { pageUrl } from "../paths.ts";
import type { Viewer } from "../view.ts";

/** A token for a session. `next` is the page that is shown afterwards. */
export function signInPage(viewer: Viewer, next: string | undefined, complaint: string | undefined): Page {
  const main = html`<h1>Sign in</h1>
    ${
      viewer.maySignIn
        ? html`<p class="lead">With a token of the admin listener. Viewers look; operators change stages.</p>
            ${complaint !== undefined && html`<p class="warning" role="alert">${complaint}</p>`}
            <form class="sign-in" method="post" action="${pageUrl("/sign-in")}">
              <input type="hidden" name="csrf" value="${viewer.csrf}" />
              ${next !== undefined && html`<input type="hidden" name="next" value="${next}" />`}
              <label class="field"
                >Token <input type="password" name="token" required autocomplete="current-password"
              /></label>
              <button class="act">Sign in</button>
            </form>`
        : html`<p>
            The proxy was started without tokens: everybody who reaches this listener may look, and nobody may change.
          </p>`
    }`;
  return { title: "Sign in", section: undefined, main, live: false };
}
