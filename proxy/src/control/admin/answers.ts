import { z } from "zod";
import { STAGES } from "../../routes/stages.ts";
import { auditEntry } from "../audit/entry.ts";
import { replicaStatus } from "../replicas/register.ts";

// What the admin listener answers. Objects that other rooms go on adding fields to are described by the fields that a client may
// rely on; `looseObject` lets the rest through.

const count = z.int().min(0);

export const stageAt = z.strictObject({
  stage: z.enum(STAGES),
  percent: z.number().min(0).max(100).nullable().describe("The share of customers; null except in stage canary."),
});

export const health = z.strictObject({
  status: z.literal("ok"),
  warnings: z.array(z.string()).optional().describe("What an operator has to see to, while requests are still taken."),
});

const sideCount = z.looseObject({
  requests: count,
  errors: count.describe("Answers with a status of 500 or more."),
  failures: count.describe("Times that the upstream gave no whole answer."),
  durationMsSum: z.number().min(0),
});

const fileProblem = z.strictObject({
  file: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  reason: z.string(),
  suggestion: z.string().optional(),
});

export const routesAnswer = z.looseObject({
  version: z.string().describe("Of the routes in force; also the ETag."),
  loadedAt: z.iso.datetime(),
  engine: z.string(),
  upstreams: z.array(z.looseObject({ name: z.string(), url: z.string() })),
  routes: z.array(
    z.looseObject({
      id: z.string(),
      methods: z.array(z.string()).nullable().describe("null for all of them."),
      path: z.string(),
      service: z.string(),
      ...stageAt.shape,
      reached: z.enum(STAGES),
      monolith: sideCount,
      candidate: sideCount,
      shadow: z.looseObject({ compared: count, equal: count, different: count, failed: count, dropped: count }),
    }),
  ),
  unrouted: sideCount,
  reloadError: z
    .strictObject({ at: z.iso.datetime(), problems: z.array(fileProblem) })
    .nullable()
    .describe("Why the newest routes are not in force; null when they are."),
});

export const changeEffect = z.strictObject({
  id: z.string(),
  before: stageAt,
  after: stageAt,
  lastMinute: z
    .strictObject({ seconds: z.number(), monolith: count, service: count })
    .nullable()
    .describe("Requests of the route at this replica; null where nobody has counted."),
  customersMoved: z.strictObject({
    share: z.number().min(0).max(1).describe("Of all customers, roughly."),
    to: z.enum(["service", "monolith"]).nullable(),
  }),
  warnings: z.array(z.string()),
});

export const changeAnswer = z.strictObject({
  before: z.string().describe("Versions of the routes; equal when nothing changes."),
  after: z.string(),
  dryRun: z.boolean(),
  effects: z.array(changeEffect),
  entry: auditEntry.nullable().describe("What was entered into the audit log; null where nothing was changed."),
});

export const auditAnswer = z.strictObject({
  entries: z.array(auditEntry).describe("Newest first."),
  more: z.boolean(),
  verified: z
    .boolean()
    .describe(
      "Whether the whole log is one unbroken chain that ends in the routes as they stand, with nothing cut off.",
    ),
  end: z.strictObject({ seq: count, hash: z.string() }),
  faults: z.array(z.strictObject({ line: count, reason: z.string() })),
});

export const replicasAnswer = z.strictObject({
  version: z.string().describe("Of the newest routes in the store."),
  self: z.string().describe("The id of the replica that answers."),
  replicas: z.array(
    replicaStatus.extend({ seenMsAgo: z.number(), state: z.enum(["applied", "refused", "behind", "silent"]) }),
  ),
});

export const explanation = z.looseObject({
  method: z.string(),
  path: z.string(),
  route: z.looseObject({ id: z.string(), match: z.string(), service: z.string() }).nullable(),
  stage: z.enum(STAGES).nullable(),
  passedOver: z.array(z.looseObject({ id: z.string(), why: z.string() })).describe("Routes that did not fit."),
  percent: z.number().nullable(),
  customer: z.string().nullable(),
  customerBy: z.string().nullable().describe("What named the customer."),
  bucket: z.int().nullable(),
  override: z.looseObject({ choice: z.string().nullable(), problem: z.string().nullable() }).nullable(),
  ownWrite: z.looseObject({ held: z.boolean(), stream: z.string().nullable() }).nullable(),
  because: z.enum(["no route", "stage", "share", "override", "own write", "refused"]),
  answeredBy: z.string(),
  shadow: z.string().nullable(),
  why: z.string(),
});

export const edgeReport = z.looseObject({
  version: z.string(),
  engine: z.string(),
  series: z.array(
    z.looseObject({
      route: z.string(),
      side: z.enum(["monolith", "service"]),
      ...sideCount.shape,
      statusClasses: z.array(count),
      slots: z.array(count),
    }),
  ),
  refusals: z.array(z.looseObject({ status: z.int(), requests: count })),
  upgrades: z.array(z.looseObject({ route: z.string(), side: z.enum(["monolith", "service"]), open: count })),
});

export const shadowReport = z.looseObject({
  since: z.string(),
  inFlight: count,
  routes: z.array(
    z.looseObject({
      route: z.string(),
      service: z.string(),
      compared: count.describe("Requests that the fields' `raw` is measured against."),
      askedTwice: count.describe("Requests that the fields' `noise` is measured against."),
      fields: z.array(
        z.looseObject({ field: z.string(), kind: z.string(), verdict: z.enum(["real", "undecided", "noise"]) }),
      ),
      samples: z.array(z.looseObject({ id: z.string(), at: z.string(), method: z.string(), path: z.string() })),
    }),
  ),
});

export const mismatches = z.looseObject({
  mismatches: z.array(z.looseObject({})),
  overwritten: count,
});

export const cleared = z.strictObject({ cleared: count });

export const drained = z.strictObject({ closing: count.describe("WebSockets that are being closed.") });
