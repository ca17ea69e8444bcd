import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startRawUpstream } from "../../proxy/test/conformance/raw-upstream.ts";
import { look } from "./look.ts";
import { startGarden } from "./proxies.ts";
import { CLASSES } from "./samples.ts";

/** What every proxy has made of every sample. */
export type Garden = {
  proxies: readonly string[];
  rows: readonly { hostile: string; sample: string; outcomes: readonly string[] }[];
};

/** Sends every sample to every proxy that is installed. */
export async function growGarden(): Promise<Garden> {
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-garden-"));
  const upstream = await startRawUpstream();
  const proxies = await startGarden(upstream.url, folder);
  try {
    const rows: { hostile: string; sample: string; outcomes: string[] }[] = [];
    for (const { name, samples } of CLASSES) {
      for (const sample of samples) {
        const outcomes: string[] = [];
        for (const { port } of proxies) outcomes.push(await look(port, upstream, sample));
        rows.push({ hostile: name, sample: sample.name, outcomes });
      }
    }
    return { proxies: proxies.map(({ name }) => name), rows };
  } finally {
    await Promise.all(proxies.map(({ stop }) => stop()));
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The page in docs/. */
export function gardenPage({ proxies, rows }: Garden): string {
  const sections = CLASSES.flatMap(({ name, why }) => [
    `## ${name}`,
    "",
    why,
    "",
    tableRow(["", ...proxies]),
    tableRow(["", ...proxies].map(() => "---")),
    ...rows
      .filter(({ hostile }) => hostile === name)
      .map(({ sample, outcomes }) => tableRow([inCode(sample), ...outcomes])),
    "",
  ]);
  return [...INTRODUCTION, ...sections].join("\n");
}

// --- internal ---

const INTRODUCTION = [
  "# The same bytes behind three proxies",
  "",
  "Written by `npm run garden -- --write docs/proxy-garden.md`; not to be edited. Nine classes of bytes on which HTTP servers are known to",
  "disagree, sent by a raw socket through each proxy to an upstream that keeps every byte. A cell says what the client got and, where",
  "something reached the upstream, what it was led to believe. nginx and HAProxy have the plain configuration that everybody begins with;",
  "both can be told to be stricter in some of these. Where the rows differ there is room for a request that is two things at once.",
  "",
];

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function inCode(text: string): string {
  return text.startsWith("/") ? `\`${text}\`` : text;
}
