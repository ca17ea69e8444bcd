import type { AcceptedContexts, Pins } from "../accepted/accepted-contexts.ts";
import { GRANULARITIES } from "../contexts/propose-contexts.ts";

/** What every command that proposes contexts understands. */
export type ProposeArguments = {
  contexts: number | undefined;
  granularity: keyof typeof GRANULARITIES | undefined;
  history: boolean | undefined;
};

export const PROPOSE_OPTIONS = {
  contexts: { type: "number", requiresArg: true, describe: "Propose so many contexts, as near as the code allows" },
  granularity: {
    choices: Object.keys(GRANULARITIES) as (keyof typeof GRANULARITIES)[],
    describe: "Few large contexts or many small ones",
  },
  history: {
    type: "boolean",
    default: true,
    describe: "Ask git which files change together; --no-history does not",
  },
} as const;

/** Pins of the accepted contexts, if people set some. */
export function pinsOf(accepted: AcceptedContexts | undefined): Pins | undefined {
  return accepted && accepted.pins.together.length + accepted.pins.apart.length > 0 ? accepted.pins : undefined;
}
