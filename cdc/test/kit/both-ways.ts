import { describe } from "@jest/globals";
import { missingKafka } from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { startPair, startPairThroughKafka } from "./pair.ts";

/** One specification for a stream that goes straight from a slot to the target, and for one that goes through a real Kafka. */
export function describeBothWays(name: string, specify: (start: typeof startPair) => void): void {
  describe(name, () => specify(startPair));
  const missing = missingKafka();
  describe(`${name}, through Kafka`, () => {
    if (missing === undefined) specify(startPairThroughKafka);
    else testWith(missing, "does the same", () => Promise.resolve());
  });
}
