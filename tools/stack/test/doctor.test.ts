import { chmod } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { examine, readStackStatus, type Finding } from "@strangler/stack";
import { waitFor } from "@strangler/platform";
import { statePaths } from "../src/state/state-directory.ts";
import { NOTES, withNotes } from "./notes-stack.ts";

const examined = (stateDirectory: string) => ({
  planDirectory: path.join(NOTES, "plan"),
  stateDirectory,
  environment: { PATH: "/nowhere" },
});

const about = (findings: readonly Finding[], check: string) => findings.find((finding) => finding.check === check);

describe("the doctor", () => {
  test("looks at the machine, the plan and the stack, and names a remedy for all that is not well", () =>
    withNotes(async ({ stateDirectory }) => {
      const findings = await examine(examined(stateDirectory));

      expect(findings.length).toBeGreaterThanOrEqual(10);
      expect(about(findings, "plan")).toMatchObject({ outcome: "ok" });
      expect(about(findings, "Java")).toMatchObject({ outcome: "missing", fix: expect.stringContaining("apt-get") });
      for (const { outcome, fix } of findings) expect(fix === undefined).toBe(outcome === "ok");
    }));

  test("sees a process that has ended and secrets that others may read", () =>
    withNotes(async ({ stateDirectory, up }) => {
      await up();
      await chmod(statePaths(stateDirectory).secrets, 0o644);
      const { processes } = await readStackStatus(stateDirectory);
      process.kill(processes.at(-1)?.pid ?? 0, "SIGKILL");
      await waitFor("its end", async () => (await readStackStatus(stateDirectory)).state === "partly");

      const findings = await examine(examined(stateDirectory));

      expect(about(findings, "processes")).toMatchObject({ outcome: "failed", found: "front has ended" });
      expect(about(findings, "secrets")).toMatchObject({
        outcome: "failed",
        fix: expect.stringContaining("chmod 600"),
      });
    }));

  test("sees a plan that is wrong", async () => {
    const findings = await examine({ ...examined("/nowhere/.strangler"), planDirectory: "/nowhere/plan" });

    expect(about(findings, "plan")).toMatchObject({
      outcome: "failed",
      found: expect.stringContaining("no such file"),
    });
  });
});
