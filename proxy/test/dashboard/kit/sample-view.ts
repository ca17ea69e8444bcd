import {
  sealEntry,
  CHAIN_START,
  identify,
  type AuditEntry,
  type AuditedChange,
} from "../../../src/control/audit/entry.ts";
import { ALL_ROUTES, type History } from "../../../src/control/dashboard/history.ts";
import type { DashboardView, RouteView, SidesView } from "../../../src/control/dashboard/view.ts";
import type { Stage } from "../../../src/routes/stages.ts";
import type { RouteShadow } from "../../../src/shadow/report.ts";
import { emptyCount } from "../../../src/shadow/shadow-count.ts";
import { DEFAULT_RULES } from "../../../src/shadow/shadow-rule.ts";
import type { RouteWatch } from "../../../src/watch/report.ts";
import type { StreamView } from "../../../src/control/dashboard/stream-looks.ts";
import { sampleHistory, type Behaviour } from "./sample-history.ts";

/** When the made-up pages are looked at. */
export const SAMPLE_NOW = Date.parse("2026-11-21T14:20:00Z");

/** A view with everything in it: every stage, every verdict, a roll-back, a refused reload, an instance that is down. */
export function sampleView(history: History = sampleHistory(BEHAVIOURS, SAMPLE_NOW)): DashboardView {
  const audit = sampleAudit();
  const sides = (route: string): SidesView => ({
    control: {
      lately: history.lately(route, "monolith"),
      rates: () => history.rates(route, "monolith"),
      fine: () => history.trend(route, "monolith", "fine"),
      coarse: () => history.trend(route, "monolith", "coarse"),
    },
    candidate: {
      lately: history.lately(route, "service"),
      rates: () => history.rates(route, "service"),
      fine: () => history.trend(route, "service", "fine"),
      coarse: () => history.trend(route, "service", "coarse"),
    },
  });
  return {
    now: SAMPLE_NOW,
    version: audit[0]?.after.version ?? "",
    loadedAt: SAMPLE_NOW - 120_000,
    engine: "wire",
    troubles: [],
    refused: undefined,
    routes: ROUTES.map((route) => ({
      ...route,
      sides: sides(route.id),
      upgrades: route.id === "live-prices" ? 212 : 0,
    })),
    all: sides(ALL_ROUTES),
    audit,
    services: SERVICES,
    streams: STREAMS,
    replicas: [
      replica("edge-1", audit[0], 0, "applied"),
      replica("edge-2", audit[0], 1_200, "applied"),
      replica("edge-3", audit[1], 41_000, "silent"),
    ],
    self: "edge-1",
  };
}

// --- internal ---

const MINUTE = 60_000;
const FLIP = SAMPLE_NOW - 150_000;
const calm = () => 0.0004;

const BEHAVIOURS: Behaviour[] = [
  {
    route: "item-list",
    side: "service",
    perSecond: (at) => 21 + 4 * Math.sin(at / 40_000),
    medianMs: 9,
    errors: () => 0,
  },
  {
    route: "item-page",
    side: "monolith",
    perSecond: (at) => (at < FLIP ? 12.6 : 7) + 2 * Math.sin(at / 30_000),
    medianMs: 31,
    errors: calm,
  },
  {
    route: "item-page",
    side: "service",
    perSecond: (at) => (at < FLIP ? 1.4 : 7) + Math.sin(at / 30_000),
    medianMs: 12,
    errors: calm,
  },
  { route: "search", side: "monolith", perSecond: (at) => 8 + Math.sin(at / 50_000), medianMs: 58, errors: calm },
  { route: "live-prices", side: "monolith", perSecond: () => 4.2, medianMs: 17, errors: calm },
  {
    route: "live-prices",
    side: "service",
    perSecond: (at) => (at > FLIP - 60_000 && at < FLIP + 20_000 ? 2 : 0),
    medianMs: 24,
    errors: () => 0.11,
  },
  { route: "basket", side: "monolith", perSecond: () => 3.1, medianMs: 44, errors: calm },
  { route: "(no route)", side: "monolith", perSecond: () => 6, medianMs: 26, errors: calm },
];

const at = (stage: Stage, percent: number | null = null) => ({ stage, percent });
type SampleRoute = Omit<RouteView, "sides" | "upgrades">;

const WATCHED: RouteWatch = {
  route: "item-page",
  service: "stock",
  percent: 50,
  since: new Date(FLIP).toISOString(),
  verdict: "good",
  text: "After 1,050 requests on either side the candidate fails 0.0 % against 0.1 %, and 1.9 % against 2.1 % are slow.",
  control: { requests: 1_050, failed: 1, slow: 22, p95Ms: 54 },
  candidate: { requests: 1_050, failed: 0, slow: 20, p95Ms: 22 },
  slowerThanMs: { control: 60, candidate: 60 },
  towardsBad: 0.04,
  towardsGood: 1,
  suspicion: null,
  falseAlarmHours: 1_000,
  rollsBack: true,
  advance: { steps: [1, 10, 50, 100], next: at("canary", 100), waitsFor: "10 more minutes of good" },
};

const ROUTES: SampleRoute[] = [
  {
    id: "item-list",
    match: "GET,HEAD /items",
    service: "stock",
    at: at("service"),
    reached: "service",
    shadow: undefined,
    watch: undefined,
  },
  {
    id: "item-page",
    match: "GET,HEAD /items/:id",
    service: "stock",
    at: at("canary", 50),
    reached: "canary",
    shadow: undefined,
    watch: WATCHED,
  },
  {
    id: "search",
    match: "GET,HEAD /search",
    service: "stock",
    at: at("shadow"),
    reached: "shadow",
    shadow: sampleShadow(),
    watch: undefined,
  },
  {
    id: "live-prices",
    match: "GET /prices/live",
    service: "pricing",
    at: at("monolith"),
    reached: "canary",
    shadow: undefined,
    watch: undefined,
  },
  {
    id: "basket",
    match: "* /basket/*",
    service: "baskets",
    at: at("monolith"),
    reached: "monolith",
    shadow: undefined,
    watch: undefined,
  },
];

const CLOSED = { upstream: "stock", closed: 2, open: 0, halfOpen: 0, openings: 0, refused: 0, probes: 0 };

const SERVICES: DashboardView["services"] = [
  {
    name: "monolith",
    url: "http://10.0.0.4:8100",
    breaker: CLOSED,
    upstream: undefined,
    routes: 0,
  },
  {
    name: "stock",
    url: undefined,
    breaker: CLOSED,
    routes: 3,
    upstream: {
      service: "stock",
      panic: false,
      discovery: {
        from: "dns _stock._tcp.internal (SRV)",
        confirmedAt: new Date(SAMPLE_NOW - 4_000).toISOString(),
        failure: null,
      },
      instances: [
        {
          instance: "10.0.1.11:8101",
          state: "up",
          inFlight: 3,
          answered: 81_220,
          failed: 2,
          cancelled: 11,
          ejections: 0,
          complaint: null,
        },
        {
          instance: "10.0.1.12:8101",
          state: "ejected",
          inFlight: 0,
          answered: 40_127,
          failed: 96,
          cancelled: 9,
          ejections: 2,
          complaint: null,
        },
        {
          instance: "10.0.1.13:8101",
          state: "down",
          inFlight: 0,
          answered: 12_044,
          failed: 7,
          cancelled: 1,
          ejections: 0,
          complaint: "GET /health answered 503",
        },
      ],
    },
  },
  {
    name: "pricing",
    url: "http://10.0.1.20:8102",
    breaker: { ...CLOSED, upstream: "pricing", closed: 1, open: 1, openings: 3, refused: 412, probes: 9 },
    upstream: undefined,
    routes: 1,
  },
  { name: "baskets", url: "http://10.0.1.30:8103", breaker: undefined, upstream: undefined, routes: 1 },
];

function sampleAudit(): AuditEntry[] {
  const steps: [number, string, string | null, AuditedChange[]][] = [
    [118, "outside", null, ROUTES.map(({ id }) => ({ id, before: null, after: at("monolith") }))],
    [
      96,
      "ada",
      "first reads",
      [change("item-list", at("canary", 50), at("service")), change("item-page", at("monolith"), at("shadow"))],
    ],
    [61, "ada", "no difference in 40,000 answers", [change("item-page", at("shadow"), at("canary", 10))]],
    [30, "grace", null, [change("search", at("monolith"), at("shadow"))]],
    [3.5, "ada", "try it on a few", [change("live-prices", at("shadow"), at("canary", 30))]],
    [2.5, "grace", "a week without complaints", [change("item-page", at("canary", 10), at("canary", 50))]],
    [
      2.2,
      "watch",
      "the candidate fails 11.2 % of 160 requests, the control 0.0 %",
      [change("live-prices", at("canary", 30), at("monolith"))],
    ],
  ];
  const entries: AuditEntry[] = [];
  for (const [minutesAgo, actor, reason, changes] of steps) {
    const last = entries.at(-1);
    entries.push(
      sealEntry(last ?? CHAIN_START, {
        at: new Date(SAMPLE_NOW - minutesAgo * MINUTE).toISOString(),
        actor,
        action: last === undefined ? "begin" : "set stages",
        reason,
        forced: false,
        changes,
        before: last?.after ?? null,
        after: identify(`routes ${String(minutesAgo)}`),
        text: { whole: "" },
      }),
    );
  }
  return entries.reverse();
}

function replica(
  id: string,
  entry: AuditEntry | undefined,
  seenMsAgo: number,
  state: DashboardView["replicas"][number]["state"],
): DashboardView["replicas"][number] {
  const version = entry?.after.version ?? "";
  const appliedAt = entry?.at ?? "";
  return { id, host: id, pid: 1, adminUrl: null, version, appliedAt, swapMs: 0.4, refused: null, seenMsAgo, state };
}

function change(id: string, before: AuditedChange["before"], after: AuditedChange["after"]): AuditedChange {
  return { id, before, after };
}

function sampleShadow(): RouteShadow {
  const seen = {
    firstSeen: new Date(SAMPLE_NOW - 20 * MINUTE).toISOString(),
    lastSeen: new Date(SAMPLE_NOW - 9_000).toISOString(),
  };
  const evidence = { rawWhereTwice: 0, bothWhereTwice: 0, stayed: 4, changed: 0 };
  return {
    route: "search",
    service: "stock",
    counts: {
      ...emptyCount(),
      compared: 9_412,
      equal: 8_640,
      different: 772,
      onlyNoise: 701,
      failed: 3,
      failedBecause: { "timed out": 3 },
      dropped: 12,
      droppedBecause: { busy: 12 },
    },
    compared: 9_412,
    askedTwice: 941,
    fields: [
      {
        field: "/items/*/price/amount",
        kind: "primitive",
        raw: 71,
        noise: 0,
        ...evidence,
        verdict: "real",
        relative: 100,
        absolute: 0.75,
        ...seen,
        sample: "s1",
      },
      {
        field: "header:vary",
        kind: "missing",
        raw: 2,
        noise: 0,
        ...evidence,
        stayed: 0,
        verdict: "undecided",
        relative: 100,
        absolute: 0.02,
        ...seen,
        sample: null,
      },
      {
        field: "/took",
        kind: "primitive",
        raw: 701,
        noise: 70,
        ...evidence,
        stayed: 0,
        changed: 9,
        verdict: "noise",
        relative: 0.2,
        absolute: 0.1,
        ...seen,
        sample: null,
      },
    ],
    fieldsEvicted: 0,
    samples: [
      {
        id: "s1",
        at: seen.lastSeen,
        route: "search",
        service: "stock",
        method: "GET",
        path: "/search?q=lamp&page=2",
        redacted: false,
        accept: "application/json",
        requestId: "7f1c0b52-18d0-4a55-9d0e-2f5f6f0a7f11",
        control: { status: 200, contentType: "application/json", bytes: 4_120 },
        candidate: { status: 200, contentType: "application/json", bytes: 4_118 },
        differences: [
          {
            kind: "primitive",
            field: "/items/*/price/amount",
            at: "/items/3/price/amount",
            control: '"19.90"',
            candidate: '"19.9"',
          },
        ],
        more: 0,
      },
    ],
    samplesDropped: 0,
    rules: DEFAULT_RULES,
  };
}

const STREAMS: readonly StreamView[] = [
  {
    name: "items",
    url: "http://10.0.1.40:8201",
    trouble: "",
    look: {
      state: "following",
      received: "3/8A41C0F8",
      applied: "3/8A41C0F8",
      confirmed: "3/8A41BE20",
      lagBytes: 216,
      lagMs: 3,
      changes: 8_412_077,
      transactions: 2_310_446,
      changesPerSecond: 1_204.5,
      parked: { transactions: 2 },
      slot: { walStatus: "reserved", keptBytes: 18_874_368 },
      alarms: [
        {
          name: "parked",
          sentence: '2 transactions are parked because the target refused a change. See "strangler stream parked".',
          since: "2026-11-21T14:12:30.000Z",
        },
      ],
      tables: [
        { table: "public.items", changes: 7_900_112, waiting: 0 },
        { table: "public.pictures_of_items_in_every_size", changes: 511_965, waiting: 12 },
      ],
      copy: null,
    },
  },
  {
    name: "baskets",
    url: "http://10.0.1.41:8201",
    trouble: "",
    look: {
      state: "copying",
      received: "0/0",
      applied: "0/0",
      confirmed: "0/0",
      lagBytes: 0,
      lagMs: 0,
      changes: 0,
      transactions: 0,
      changesPerSecond: 0,
      parked: { transactions: 0 },
      slot: null,
      alarms: [],
      tables: [],
      copy: {
        share: 0.37,
        remainingSeconds: 140,
        tables: [
          { table: "public.baskets", rows: 812_000, estimatedRows: 812_000, share: 1 },
          { table: "public.basket_lines", rows: 96_000, estimatedRows: 1_640_000, share: 0.0585 },
        ],
      },
    },
  },
  {
    name: "reviews",
    url: "http://10.0.1.42:8201",
    trouble: "It does not answer. Is it started, and at this address?",
    look: undefined,
  },
];
