import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createDashboard } from "../../../src/control/dashboard/dashboard.ts";
import type { Caller, DashboardPorts } from "../../../src/control/dashboard/ports.ts";
import type { DashboardView } from "../../../src/control/dashboard/view.ts";
import { RoutesChangedMeanwhileError, StageJumpError } from "../../../src/errors.ts";
import { isAllowedStep, skippedStages } from "../../../src/routes/stages.ts";
import { sampleView } from "./sample-view.ts";

export const SAMPLE_TOKEN = "a-token-of-an-operator";

export type SampleDashboard = {
  url: string;
  /** What the pages show; may be replaced while they are open. */
  show: (view: DashboardView) => void;
  close: () => Promise<void>;
};

/** The dashboard on a port of its own, with a made-up proxy behind it whose stages can really be changed. */
export async function startSampleDashboard(): Promise<SampleDashboard> {
  let view = sampleView();
  let signedIn = false;

  const change: DashboardPorts["change"] = async (
    { selectors: [id = ""], stage, percent, force },
    { dryRun, ifVersion },
  ) => {
    const route = view.routes.find((each) => each.id === id);
    if (route === undefined) throw new Error(`no route ${id}`);
    if (ifVersion !== undefined && ifVersion !== view.version) throw new RoutesChangedMeanwhileError("routes.yaml");
    const skipped = skippedStages(route.reached, stage);
    if (force !== true && !isAllowedStep(route.at.stage, stage, route.reached)) {
      throw new StageJumpError([{ id, from: route.at.stage, to: stage, skipped }]);
    }
    const after = { stage, percent: percent ?? null };
    const same = after.stage === route.at.stage && after.percent === route.at.percent;
    const version = same ? view.version : nextVersion(view.version);
    const changes = { before: view.version, after: version, changes: [{ id, before: route.at, after }] };
    if (!dryRun)
      view = { ...view, version, routes: view.routes.map((each) => (each === route ? { ...route, at: after } : each)) };
    return changes;
  };

  const dashboard = createDashboard({
    view: async () => view,
    change,
    audit: async () => ({ entries: view.audit, verdict: { entries: view.audit.length, faults: [] }, more: false }),
    explain: async ({ method, target, customer }) => ({
      method,
      path: target,
      route: { id: "item-page", match: "GET,HEAD /items/:id", service: "stock" },
      stage: "canary",
      percent: 50,
      customer: customer ?? null,
      bucket: 4_211,
      passedOver: [],
      customerBy: "the cookie sid",
      override: null,
      ownWrite: null,
      because: "share",
      answeredBy: "stock",
      shadow: null,
      why: `Stage canary gives 50 % of the customers (buckets below 5000) to stock; "${customer ?? ""}" is in bucket 4211, so stock answers.`,
    }),
    access: {
      whoIs: (): Caller => ({
        name: signedIn ? "ada" : undefined,
        mayLook: true,
        mayFlip: signedIn,
        maySignIn: true,
        csrf: "sample",
      }),
      signIn: async (_request, token) => {
        signedIn = token === SAMPLE_TOKEN;
        return signedIn ? { setCookie: "session=sample; HttpOnly" } : undefined;
      },
      signOut: () => {
        signedIn = false;
        return "session=; Max-Age=0";
      },
      isOwnForm: (_request, csrf) => csrf === "sample",
    },
  });

  const server = createServer((request, response) => {
    void dashboard.handle(request, response).then((handled) => handled || response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`,
    show: (next) => {
      view = next;
    },
    close: () => {
      dashboard.close();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

// --- internal ---

function nextVersion(version: string): string {
  return ((Number.parseInt(version, 16) + 1) % 2 ** 48).toString(16).padStart(12, "0");
}
