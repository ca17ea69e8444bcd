import type { Step } from "../../routing-code.ts";
import { bind } from "./bind.ts";
import { evaluate } from "./evaluate.ts";
import { takeStep, type Play } from "./play.ts";
import { UNDEFINED, UNKNOWN, type Env, type Value } from "./values.ts";

/** Runs steps one after the other and gives back what they return, the first that says anything. */
export function run(play: Play, steps: readonly Step[], env: Env): Value {
  let result: Value = UNDEFINED;
  for (const step of steps) {
    if (!takeStep(play, env.file)) return UNKNOWN;
    const given = runStep(play, step, env);
    if (given && (result.kind === "undefined" || result.kind === "unknown")) result = given;
  }
  return result;
}

// --- internal ---

/** A table of routes is not longer than this; a longer list is something else. */
const MOST_ROUNDS = 1000;

function runStep(play: Play, step: Step, env: Env): Value | null {
  switch (step.do) {
    case "let":
      bind(play, step.to, step.value ? evaluate(play, step.value, env) : UNDEFINED, env);
      return null;
    case "run":
      evaluate(play, step.value, env);
      return null;
    case "return":
      return evaluate(play, step.value, env);
    case "each": {
      const over = evaluate(play, step.of, env);
      const items = over.kind === "list" ? over.items.slice(0, MOST_ROUNDS) : [UNKNOWN];
      for (const item of items) {
        const round: Env = { ...env, names: new Map(), parent: env };
        bind(play, step.to, item, round);
        run(play, step.body, round);
      }
      return null;
    }
  }
}
