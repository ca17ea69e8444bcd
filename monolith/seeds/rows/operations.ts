import { day, hour, now, timestamp } from "../clock.ts";
import type { Row, Table } from "../copy-rows.ts";

export const auditLogTable: Table = { name: "audit_log", columns: "id, actor, action, subject, details, created_at" };

export const auditLog: readonly Row[] = [
  ["staff@example.test", "setting.changed", "settings/free_shipping_from_cents", '{"from": 5000, "to": 6000}', 210],
  ["staff@example.test", "promotion.created", "promotions/SUMMER15", '{"percent": 15}', 43],
  ["staff@example.test", "review.rejected", "reviews/118", "{}", 12],
  ["nightly", "stock.low", "stock_levels", '{"products": 41}', 1],
].map(([actor = "", action = "", subject = "", details = "", daysAgo], index) => [
  index + 1,
  actor,
  action,
  subject,
  details,
  timestamp(now - Number(daysAgo) * day),
]);

export const jobRunsTable: Table = { name: "job_runs", columns: "id, job, started_at, finished_at, outcome, message" };

/** The nightly job of the last two weeks; one night the database was being moved. */
export const jobRuns: readonly Row[] = Array.from({ length: 14 }, (_, index) => {
  const startedAt = now - (14 - index) * day - 3 * hour;
  const failed = index === 8;
  return [
    index + 1,
    "nightly",
    timestamp(startedAt),
    timestamp(startedAt + 48_000 + index * 731),
    failed ? "failed" : "done",
    failed ? "terminating connection due to administrator command" : "",
  ];
});
