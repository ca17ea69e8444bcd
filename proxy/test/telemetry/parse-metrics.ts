export type ParsedFamily = {
  type: string;
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
};

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const META = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? ([^ ]+)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/gy;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = { histogram: ["_bucket", "_sum", "_count"] };

/** Reads the Prometheus text format 0.0.4, and throws at whatever it does not allow: a strict reader, for tests. */
export function parseMetrics(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith("\n")) throw new Error("the text does not end with a newline");
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let current: [string, ParsedFamily] | undefined;

  for (const line of text.slice(0, -1).split("\n")) {
    const meta = META.exec(line);
    if (line === "") continue;
    if (meta) {
      const [, kind = "", name = "", rest = ""] = meta;
      if (kind === "HELP" && families.has(name)) throw new Error(`${name} comes twice`);
      const family = current?.[0] === name ? current[1] : { type: "", help: "", samples: [] };
      if (kind === "HELP") family.help = rest;
      else family.type = rest;
      families.set(name, family);
      current = [name, family];
      continue;
    }
    if (line.startsWith("#")) continue;
    const sample = readSample(line);
    const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (seen.has(series)) throw new Error(`the series comes twice: ${line}`);
    seen.add(series);
    const [name, family] = current ?? ["", undefined];
    const suffixes = SUFFIXES[family?.type ?? ""] ?? [""];
    if (!family || !suffixes.some((suffix) => sample.name === name + suffix))
      throw new Error(`outside of its family: ${line}`);
    family.samples.push(sample);
  }
  return families;
}

// --- internal ---

function readSample(line: string): ParsedFamily["samples"][number] {
  const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  if (name === "") throw new Error(`no sample: ${line}`);
  const number = value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
  // Go's ParseFloat, with which Prometheus reads, takes NaN in any spelling.
  if (Number.isNaN(number) && !/^nan$/i.test(value)) throw new Error(`no number: ${line}`);
  return { name, labels: readLabels(labels, line), value: number };
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let read = 0;
  for (const [whole, name = "", value = ""] of text.matchAll(LABEL)) {
    if (name in labels) throw new Error(`a label twice: ${line}`);
    labels[name] = value.replace(/\\(.)/g, (_whole, escaped: string) => (escaped === "n" ? "\n" : escaped));
    read += whole.length;
  }
  if (read !== text.length) throw new Error(`no labels: ${line}`);
  return labels;
}
