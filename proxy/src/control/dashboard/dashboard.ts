import type { IncomingMessage, ServerResponse } from "node:http";
import { clock } from "./format.ts";
import { makeFlip, previewFlip, readWish } from "./flip-door.ts";
import { readForm } from "./form-body.ts";
import { layOut, type Page } from "./layout.ts";
import { createLivePages } from "./live-pages.ts";
import { auditPage } from "./pages/audit.ts";
import { explainPage } from "./pages/explain.ts";
import { flipPage } from "./pages/flip.ts";
import { messagePage } from "./pages/message.ts";
import { overviewPage } from "./pages/overview.ts";
import { replicasPage } from "./pages/replicas.ts";
import { routePage } from "./pages/route.ts";
import { shadowPage } from "./pages/shadow.ts";
import { signInPage } from "./pages/sign-in.ts";
import { streamsPage } from "./pages/streams.ts";
import { upstreamsPage } from "./pages/upstreams.ts";
import { MOUNT, pageUrl, routeUrl } from "./paths.ts";
import type { Caller, DashboardPorts } from "./ports.ts";
import { readQuestion } from "./question.ts";
import { readAssets, sendAsset, sendElsewhere, sendPage } from "./send.ts";
import { describeStage } from "./stage-track.ts";
import type { DashboardView, RouteView, Viewer } from "./view.ts";

export type Dashboard = {
  /** Answers what is asked below /dashboard; false for everything else. The caller has looked at Host. */
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Ends the connections that pages listen on. */
  close: () => void;
};

/** Pages for operators: made on the server, usable without a script, kept up to date by one. */
export function createDashboard(ports: DashboardPorts): Dashboard {
  const assets = readAssets();
  const live = createLivePages();

  async function answer(visit: Visit): Promise<void> {
    const { request, response, url, caller } = visit;
    const path = url.pathname.slice(MOUNT.length).replace(/\/$/, "");
    const asset = assets.get(path);
    if (asset !== undefined) return sendAsset(response, asset);
    if (request.method === "POST") return answerForm(visit, path);
    if (path === "/sign-in")
      return show(visit, signInPage(visit.viewer, ownPath(url.searchParams.get("next")), undefined));
    if (!caller.mayLook)
      return sendElsewhere(response, pageUrl("/sign-in", { next: path === "" ? undefined : visit.viewer.path }));
    if (path === "/live") return listen(visit);
    const page = await pageAt(path, url.searchParams, visit.viewer, await ports.view());
    return page === undefined ? show(visit, NOT_FOUND, 404) : show(visit, page);
  }

  async function pageAt(
    path: string,
    query: URLSearchParams,
    viewer: Viewer,
    view: DashboardView,
  ): Promise<Page | undefined> {
    const simple = SIMPLE_PAGES[path];
    if (simple !== undefined) return simple(view, viewer);
    if (path === "/audit") {
      const before = Number(query.get("before")) || undefined;
      return auditPage(await ports.audit({ before, verify: query.has("verify") }));
    }
    if (path === "/explain") return explained(query);
    const { route, flip } = routeAt(path, view);
    if (route === undefined) return undefined;
    return flip ? previewPage(query, viewer, route) : routePage(view, viewer, route);
  }

  async function previewPage(query: URLSearchParams, viewer: Viewer, route: RouteView): Promise<Page> {
    const wish = readWish(query, route);
    if (typeof wish === "string") return messagePage(`${route.id} stays as it is`, wish);
    return flipPage(viewer, route, await previewFlip(ports, route, wish));
  }

  async function explained(query: URLSearchParams): Promise<Page> {
    const { form, question, complaint } = readQuestion(query);
    return explainPage(form, question && (await ports.explain(question)), complaint);
  }

  async function answerForm(visit: Visit, path: string): Promise<void> {
    const { request, response, caller } = visit;
    const form = await readForm(request);
    if (form === undefined) return show(visit, messagePage("Not understood", "This is no form of the dashboard."), 400);
    if (!ports.access.isOwnForm(request, form.get("csrf") ?? "")) return show(visit, FOREIGN_FORM, 403);
    if (path === "/sign-in") return signIn(visit, form);
    if (path === "/sign-out") return sendElsewhere(response, MOUNT, ports.access.signOut(request));
    const { route, flip } = routeAt(path, await ports.view());
    if (route === undefined || !flip) return show(visit, NOT_FOUND, 404);
    if (!caller.mayFlip) return show(visit, messagePage("Not allowed", "Only operators change stages."), 403);
    return flipNow(visit, form, route);
  }

  async function signIn(visit: Visit, form: URLSearchParams): Promise<void> {
    const next = ownPath(form.get("next"));
    const session = await ports.access.signIn(visit.request, form.get("token") ?? "");
    if (session === undefined) return show(visit, signInPage(visit.viewer, next, "This token is not known here."), 401);
    sendElsewhere(visit.response, `${MOUNT}${next ?? ""}`, session.setCookie);
  }

  async function flipNow(visit: Visit, form: URLSearchParams, route: RouteView): Promise<void> {
    const wish = readWish(form, route);
    if (typeof wish === "string") return show(visit, messagePage(`${route.id} stays as it is`, wish), 400);
    const made = await makeFlip(ports, route, wish, visit.caller.name ?? "dashboard");
    if (typeof made !== "string") {
      return sendElsewhere(visit.response, routeUrl(route.id, { done: describeStage(wish.wished) }));
    }
    const now = (await ports.view()).routes.find(({ id }) => id === route.id) ?? route;
    return show(visit, flipPage(visit.viewer, now, await previewFlip(ports, now, wish, made)), 409);
  }

  function listen(visit: Visit): Promise<void> | void {
    const asked = new URL(ownPath(visit.url.searchParams.get("page")) ?? "/", ORIGIN);
    const content = async () => {
      const caller = ports.access.whoIs(visit.request);
      if (!caller.mayLook) return undefined;
      const view = await ports.view();
      const page = await pageAt(asked.pathname.replace(/\/$/, ""), asked.searchParams, viewerOf(caller, asked), view);
      return page?.live === true ? { now: clock(view.now), markup: page.main.markup } : undefined;
    };
    if (live.open(visit.response, content)) return undefined;
    return show(visit, messagePage("Too many are watching", "Close other pages, or reload this one by hand."), 503);
  }

  async function show(visit: Visit, page: Page, status = 200): Promise<void> {
    sendPage(visit.response, status, layOut(page, await ports.view(), visit.viewer));
  }

  return {
    handle: async (request, response) => {
      const target = request.url ?? "";
      if (!/^\/dashboard(?:[/?]|$)/.test(target)) return false;
      const url = new URL(target, ORIGIN);
      const caller = ports.access.whoIs(request);
      // Exactly one slash in front: with two of them it would be read as the name of a host.
      const inside = new URL(url.pathname.slice(MOUNT.length).replace(/^\/*/, "/") + url.search, ORIGIN);
      await answer({ request, response, url, caller, viewer: viewerOf(caller, inside) });
      return true;
    },
    close: () => live.close(),
  };
}

// --- internal ---

type Visit = { request: IncomingMessage; response: ServerResponse; url: URL; caller: Caller; viewer: Viewer };

const ORIGIN = "http://dashboard";
const NOT_FOUND = messagePage("No such page", "The route may have been taken out of the plan meanwhile.");
const FOREIGN_FORM = messagePage(
  "Not done",
  "The form was not sent from a page of this session, or the session has ended. Go back, reload the page and try again.",
);

const SIMPLE_PAGES: Readonly<Record<string, (view: DashboardView, viewer: Viewer) => Page>> = {
  "": overviewPage,
  "/shadow": shadowPage,
  "/upstreams": upstreamsPage,
  "/streams": streamsPage,
  "/replicas": replicasPage,
};

function routeAt(path: string, { routes }: DashboardView): { route: RouteView | undefined; flip: boolean } {
  const [, id, rest] = /^\/routes\/([^/]+)(\/flip)?$/.exec(path) ?? [];
  return { route: routes.find((route) => encodeURIComponent(route.id) === id), flip: rest !== undefined };
}

function viewerOf({ name, mayFlip, maySignIn, csrf }: Caller, inside: URL): Viewer {
  const done = inside.searchParams.get("done");
  return {
    name,
    mayFlip,
    maySignIn,
    csrf,
    path: inside.pathname + inside.search,
    step: inside.searchParams.get("step") === "coarse" ? "coarse" : "fine",
    notice: done === null ? undefined : `Done: set to ${done.slice(0, 40)}.`,
  };
}

// Only paths of the dashboard itself: a link must not lead elsewhere after signing in.
function ownPath(path: string | null): string | undefined {
  return path !== null && /^\/(?![/\\])[^\s\\]*$/.test(path) ? path : undefined;
}
