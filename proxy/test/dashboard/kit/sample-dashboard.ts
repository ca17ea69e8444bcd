import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createDashboard } from "../../../src/control/dashboard/dashboard.ts";
import type { Caller, DashboardPorts } from "../../../src/control/dashboard/ports.ts";
import type { DashboardView } from "../../../src/control/dashboard/view.ts";
import { sampleView } from "./sample-view.ts";

export const SAMPLE_TOKEN = "a-token-of-an-operator";

export type SampleDashboard = {
  url: string;
  /** What the pages show; may be replaced while they are open. */
  show: (view: DashboardView) => void;
  close: () => Promise<void>;
};

/** The dashboard on a port of its own, with a made-up proxy behind it: whoever signs in may look at changes, and make none. */
export async function startSampleDashboard(): Promise<SampleDashboard> {
  let view = sampleView();
  let signedIn = false;

  const change: DashboardPorts["change"] = async ({ selectors: [id = ""], stage, percent = null }) => {
    const before = view.routes.find((route) => route.id === id)?.at ?? { stage, percent };
    const after = { stage, percent };
    const warnings = ["no shadow comparison yet"];
    const customersMoved = { share: 0.5, to: "service" } as const;
    return {
      before: view.version,
      after: "0123456789ab",
      changes: [{ id, before, after }],
      effects: [{ id, before, after, lastMinute: null, customersMoved, warnings }],
      entry: undefined,
    };
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
        name: signedIn ? "token:ada" : undefined,
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
