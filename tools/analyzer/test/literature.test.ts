import { describe, expect, test } from "@jest/globals";
import {
  APPLICATIONS,
  divide,
  isBetter,
  MEDIANS,
  METRICS,
  PUBLISHED,
  readPartition,
  scoresOf,
} from "./literature/literature.ts";

describe("the metrics of the literature", () => {
  test.each(PUBLISHED)("$application, $partition: to the third digit as published", (row) => {
    expect(scoresOf(row.application, readPartition(row.application, row.partition))).toEqual(row.scores);
  });
});

describe("on the call graphs of the literature", () => {
  test.each(APPLICATIONS)("%s: better than Mono2Micro's median in all four metrics at once", (application) => {
    const ours = scoresOf(application, divide(application));

    const lost = METRICS.filter(
      (metric) => !isBetter(metric, ours[metric], MEDIANS[application][metric].Mono2Micro ?? 0),
    );
    expect(lost).toEqual([]);
  });
});
