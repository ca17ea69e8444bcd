// npm run bench -- NAME [--json FILE]: measures one thing beside its yardstick, in the same run.
import { writeFile } from "node:fs/promises";
import { arch, cpus, platform, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { runMain } from "@strangler/platform";
import { renderTable } from "./render-table.ts";
import type { Bench } from "./result.ts";

const BENCHES: Record<string, { about: string; load: () => Promise<{ run: Bench }> }> = {
  stack: { about: "time until the whole stack is healthy, and its memory", load: () => import("./stack.ts") },
  flips: {
    about: "10,000 flips under mixed load: failures, doubled requests, swaps",
    load: () => import("./flips.ts"),
  },
  replicas: { about: "eight proxies on one store: time until all have a change", load: () => import("./replicas.ts") },
  proxy: {
    about: "requests per core, delays, workers, memory, beside other proxies",
    load: () => import("./proxy.ts"),
  },
  analyzer: {
    about: "all facts beside madge and dependency-cruiser; memory; warm",
    load: () => import("./analyzer.ts"),
  },
  stream: {
    about: "row changes per second and latency beside PostgreSQL's own replication",
    load: () => import("./stream.ts"),
  },
  kafka: {
    about: "changes per second and latency through Kafka beside real Debezium (--rows N: short)",
    load: () => import("./kafka.ts"),
  },
  decode: {
    about: "the capture beside a reader that throws all away, and the npm decoder",
    load: () => import("./decode.ts"),
  },
  large: {
    about: "memory for a transaction of 10 million rows (--rows N), log held while idle",
    load: () => import("./large.ts"),
  },
  verify: {
    about: "verification beside COPY, false alarms and repairs under load (--rows N: short)",
    load: () => import("./verify.ts"),
  },
  copy: {
    about: "one table copied, beside a bare COPY pipe and PostgreSQL's tablesync",
    load: () => import("./copy.ts"),
  },
  rollback: {
    about: "how fast a bad canary is put back, how seldom a good one, beside Flagger's rule",
    load: () => import("./rollback.ts"),
  },
  fallback: {
    about: "a service killed under load: errors, doubled writes, time until its breaker opens",
    load: () => import("./fallback.ts"),
  },
  keys: {
    about: "a million customers: shares, raises, and the same sides on nginx and HAProxy",
    load: () => import("./keys.ts"),
  },
  shadow: {
    about: "seeded faults found and noise passed over, beside Diffy's rule; candidates that misbehave",
    load: () => import("./shadow.ts"),
  },
  literature: {
    about: "the analyzer's division of published call graphs beside other tools' medians",
    load: () => import("./analyzer-literature.ts"),
  },
};

runMain(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "string" }, rows: { type: "string" } },
  });
  const name = positionals[0] ?? "";
  const bench = BENCHES[name];
  if (bench === undefined) {
    const list = Object.entries(BENCHES).map(([each, { about }]) => `  ${each.padEnd(10)} ${about}`);
    process.stderr.write(`Name one benchmark: npm run bench -- NAME [--json FILE]\n${list.join("\n")}\n`);
    process.exitCode = 2;
    return;
  }
  const { run } = await bench.load();
  const result = await run({
    progress: (line) => process.stderr.write(`${line}\n`),
    ...(values.rows === undefined ? {} : { rows: Number(values.rows) }),
  });
  process.stdout.write(`${renderTable(result.table)}\n${result.notes.map((note) => `- ${note}`).join("\n")}\n`);
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify({ ...result, circumstances: circumstances() }, null, 2)}\n`);
  }
});

// --- internal ---

function circumstances() {
  return {
    at: new Date().toISOString(),
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}
