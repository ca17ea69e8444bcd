import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { strangler } from "./strangler.ts";

const PLAN = path.resolve(import.meta.dirname, "../../../plan");

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strangler-export-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function exportTo(...args: string[]) {
  return strangler(["route", "export", "--plan", PLAN, "--state", path.join(folder, "state"), ...args]);
}

describe("strangler route export", () => {
  test("writes the files into a folder, and tells what is lost on standard error", async () => {
    const { status, out, err } = await exportTo("--to", "haproxy", "--listen", "0.0.0.0:80", "--out", folder);

    expect({ status, out }).toEqual({ status: 0, out: "" });
    expect(await readdir(folder)).toEqual(["haproxy.cfg"]);
    expect(await readFile(path.join(folder, "haproxy.cfg"), "utf8")).toContain("bind 0.0.0.0:80");
    expect(err).toMatch(/^lost +\S/m);
    expect(Math.max(...err.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("prints the configuration alone on standard output, or all of it as JSON", async () => {
    const plain = await exportTo("--to", "envoy");
    const json = await exportTo("--to", "envoy", "--json");

    const parsed = JSON.parse(json.out) as { engine: string; files: { text: string }[]; report: unknown[] };
    expect(parsed).toMatchObject({ engine: "envoy", files: [{ name: "envoy.yaml", text: plain.out }] });
    expect(parsed.report).toContainEqual(expect.objectContaining({ engine: "envoy", severity: "lost" }));
  });

  test("refuses an address that nobody can listen at", async () => {
    expect(await exportTo("--to", "nginx", "--listen", "80")).toEqual({
      status: 2,
      out: "",
      err: '"80" is no address to listen at. Write it as host:port, such as 0.0.0.0:80.\n',
    });
  });
});
