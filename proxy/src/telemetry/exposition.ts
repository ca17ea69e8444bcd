import { slotEndMs } from "../traffic.ts";

/** One number under its labels. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Durations of one series, in the slots of `traffic.ts`. */
export type Durations = {
  labels: Readonly<Record<string, string>>;
  count: number;
  sumMs: number;
  slots: readonly number[];
};

/** The text of a counter or a gauge (Prometheus text format 0.0.4). Nothing where there are no samples. */
export function writeFamily(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value]) => `${name}${writeLabels(labels)} ${writeNumber(value)}`);
  return [...headOf(name, type, help), ...lines, ""].join("\n");
}

/** The text of a histogram in seconds. Every doubling has a bucket; the finer slots are for comparing two sides. */
export function writeHistogram(name: string, help: string, durations: readonly Durations[]): string {
  if (durations.length === 0) return "";
  return [...headOf(name, "histogram", help), ...durations.flatMap((each) => histogramLines(name, each)), ""].join(
    "\n",
  );
}

// --- internal ---

const SLOTS_A_BUCKET = 4;

function headOf(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${type}`];
}

function histogramLines(name: string, { labels, count, sumMs, slots }: Durations): string[] {
  const lines: string[] = [];
  let upTo = 0;
  for (const [index, inSlot] of slots.entries()) {
    upTo += inSlot;
    const end = slotEndMs(index) / 1_000;
    if (end !== Number.POSITIVE_INFINITY && index % SLOTS_A_BUCKET !== 0) continue;
    lines.push(`${name}_bucket${writeLabels({ ...labels, le: writeNumber(end) })} ${upTo}`);
  }
  const all = writeLabels(labels);
  return [...lines, `${name}_sum${all} ${writeNumber(sumMs / 1_000)}`, `${name}_count${all} ${count}`];
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function writeNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
