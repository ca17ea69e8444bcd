import client from "prom-client";
import { ALARM_NAMES } from "./alarms.ts";
import type { StreamStatus } from "./stream-status.ts";
import type { TableActivity } from "./table-tally.ts";

const TABLE_GAUGES: readonly (readonly [string, (activity: TableActivity) => number])[] = [
  ["changes", ({ changes }) => changes],
  ["waiting", ({ waiting }) => waiting],
];

const STATES = ["starting", "copying", "completing", "following", "waiting", "stopped", "failed"] as const;

/** Prometheus metrics of one stream, read when they are asked for. Nothing is counted twice: the stream's own counters are the truth. */
export function createStreamMetrics(stream: string, status: () => StreamStatus): client.Registry {
  const registry = new client.Registry();
  registry.setDefaultLabels({ stream });
  client.collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: (status: StreamStatus) => number) =>
    new client.Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(status()));
      },
    });
  const counter = (name: string, help: string, read: (status: StreamStatus) => number) =>
    new client.Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read(status()));
      },
    });
  gauge("strangler_stream_received_position_bytes", "End of the log that has arrived.", (s) => Number(s.received));
  gauge("strangler_stream_applied_position_bytes", "Everything before it is on the target.", (s) => Number(s.applied));
  gauge("strangler_stream_confirmed_position_bytes", "The source may forget the log before it.", (s) =>
    Number(s.confirmed),
  );
  gauge("strangler_stream_lag_bytes", "Source log that is not on the target yet.", (s) => s.lagBytes);
  gauge(
    "strangler_stream_lag_seconds",
    "Age of the oldest transaction that waits; 0 when none does.",
    (s) => s.lagMs / 1000,
  );
  gauge("strangler_stream_slot_kept_bytes", "Source log kept for the stream.", (s) => s.slot?.keptBytes ?? 0);
  gauge(
    "strangler_stream_slot_safe_bytes",
    "Source log that may still be written before the stream is cut off; -1: no limit.",
    (s) => s.slot?.safeWalSize ?? -1,
  );
  gauge("strangler_stream_spooled_bytes", "Kept of undecided transactions.", (s) => s.spooled?.bytes ?? 0);
  gauge("strangler_stream_prepared", "Prepared transactions that nobody has decided.", (s) => s.spooled?.prepared ?? 0);
  gauge("strangler_stream_parked", "Source transactions that are parked.", (s) => s.parked.transactions);
  gauge("strangler_stream_parked_keys", "Keys that these touch.", (s) => s.parked.keys);
  gauge("strangler_stream_drift_rows", "Rows that the last verifications found different.", (s) => s.drift?.rows ?? 0);
  gauge(
    "strangler_stream_verified_timestamp_seconds",
    "When the table that was verified longest ago was; 0 while one never was.",
    (s) => Date.parse(s.drift?.verifiedAt ?? "1970-01-01T00:00:00Z") / 1000,
  );
  gauge("strangler_stream_paused", "1 while the stream is paused or only armed.", (s) => Number(s.mode !== "applying"));
  gauge("strangler_stream_lag_transactions", "Complete source transactions that wait.", (s) => s.lagTransactions);
  counter("strangler_stream_changes_total", "Row changes applied.", (s) => s.changes);
  counter("strangler_stream_transactions_total", "Source transactions applied.", (s) => s.transactions);
  counter("strangler_stream_commits_total", "Target transactions.", (s) => s.commits);
  counter("strangler_stream_one_by_one_total", "Sets of changes that were written one by one.", (s) => s.oneByOne);
  counter("strangler_stream_rows_mended_total", "Rows that were missing and were written whole.", (s) => s.mended);
  counter("strangler_stream_rows_already_gone_total", "Rows to be removed that were not there.", (s) => s.alreadyGone);
  counter(
    "strangler_stream_rows_awaiting_repair_total",
    "Rows to be read from the source again.",
    (s) => s.awaitingRepair,
  );
  new client.Gauge({
    name: "strangler_stream_alarm",
    help: "1 while somebody should look at it.",
    labelNames: ["alarm"],
    registers: [registry],
    collect() {
      const on = new Set(status().alarms.map(({ name }) => name));
      for (const each of ALARM_NAMES) this.set({ alarm: each }, on.has(each) ? 1 : 0);
    },
  });
  for (const [what, read] of TABLE_GAUGES) {
    new client.Gauge({
      name: `strangler_stream_table_${what}`,
      help: `Rows by target table: ${what}.`,
      labelNames: ["table"],
      registers: [registry],
      collect() {
        for (const activity of status().tables) this.set({ table: activity.table }, read(activity));
      },
    });
  }
  new client.Gauge({
    name: "strangler_stream_state",
    help: "1 for the state that the stream is in.",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      const { state } = status();
      for (const each of STATES) this.set({ state: each }, each === state ? 1 : 0);
    },
  });
  return registry;
}
