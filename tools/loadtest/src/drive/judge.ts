import { findFault, type Fault } from "../scenario/check-answer.ts";
import { takeValue } from "../scenario/save.ts";
import type { Step } from "../scenario/schema.ts";
import type { Values } from "../scenario/template.ts";
import type { Exchange } from "./client.ts";
import type { CookieJar } from "./cookie-jar.ts";

export type AnyFault = Fault | { kind: "transport" | "turned-away"; reason: string };

/** What a visitor carries from one answer to her next request. */
export type Belongings = { jar: CookieJar; saved: Map<string, unknown>; values: Values };

/** Says what is wrong with an answer, or keeps its cookies and the values that the step saves. */
export function judge(exchange: Exchange, step: Step, { jar, saved, values }: Belongings): AnyFault | undefined {
  if ("error" in exchange) return { kind: "transport", reason: exchange.error };
  const { answer } = exchange;
  jar.keep([answer.headers["set-cookie"] ?? []].flat());
  const fault = findFault(answer, step.expect, values);
  if (fault) return fault;
  for (const [name, save] of Object.entries(step.save)) {
    const taken = takeValue(answer, save, values.random);
    if ("missing" in taken) return { kind: "check", reason: taken.missing };
    saved.set(name, taken.value);
  }
  return undefined;
}
