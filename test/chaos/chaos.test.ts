import { expect, jest, test } from "@jest/globals";
import { testWith } from "@strangler/test-kit/jest";
import { runKind } from "./run-kind.ts";
import { canMount } from "./server.ts";

jest.setTimeout(180_000);

// The long runs are `npm run chaos -- --runs 1000`.
test("nothing is lost, doubled, reordered or torn when everything that can die does", async () => {
  const report = await runKind({ kind: "mixed", kills: 5 });

  expect(report).toMatchObject({ kills: 5, lost: 0, doubled: 0, reordered: 0, torn: 0 });
  expect(report.snapshots).toBeGreaterThan(10);
  expect(report.transactions).toBeGreaterThan(100);
});

const missing = (await canMount()) ? undefined : "only root can make a small disk";

testWith(missing, "nor when the target's disk is full", async () => {
  const report = await runKind({ kind: "target-disk", kills: 3 });

  expect(report).toMatchObject({ kills: 3, lost: 0, doubled: 0, reordered: 0, torn: 0 });
});
