import type { Random } from "../random.ts";
import type { Scenario, Step, VisitorKind } from "../scenario/schema.ts";
import { cachedTemplate, render } from "../scenario/template.ts";
import type { Client } from "./client.ts";
import { waitUntil, type Clock } from "./clock.ts";
import { composeRequest } from "./compose-request.ts";
import { createCookieJar } from "./cookie-jar.ts";
import { describeFailure, findHeader } from "./failure.ts";
import { judge, type Belongings } from "./judge.ts";
import type { Recorder } from "./recorder.ts";

/** What all visits of one run have in common. */
export type Premises = {
  scenario: Scenario;
  client: Client;
  clock: Clock;
  startedAt: Date;
  recorder: Recorder;
  setup: ReadonlyMap<string, unknown>;
};

export type Visitor = { kind: VisitorKind; number: number; arrivesMs: number; random: Random; unique: string };

/**
 * Walks one visitor through her steps. The first is due when she arrives, every later one when the answer before it was
 * complete and she has thought. She leaves at the first failure, as people do.
 */
export async function visit(visitor: Visitor, premises: Premises): Promise<void> {
  const { kind, random } = visitor;
  const belongings = pack(visitor, premises.setup);
  let dueMs = visitor.arrivesMs;
  for (const [index, step] of kind.steps.entries()) {
    dueMs += thinkingMs(step, random);
    const walked = await walk(step, dueMs, visitor, belongings, premises);
    if (!walked.correct) {
      premises.recorder.notReached(kind.steps.length - index - 1);
      premises.recorder.visitor("left");
      return;
    }
    dueMs = walked.finishedMs;
  }
  premises.recorder.visitor("finished");
}

// --- internal ---

function pack({ kind, random, unique }: Visitor, setup: ReadonlyMap<string, unknown>): Belongings {
  const saved = new Map<string, unknown>();
  const values = { random, unique, saved, setup };
  for (const [name, text] of Object.entries(kind.let)) saved.set(name, render(cachedTemplate(text), values));
  return { jar: createCookieJar(), saved, values };
}

async function walk(step: Step, scheduledMs: number, visitor: Visitor, belongings: Belongings, premises: Premises) {
  const { clock, client, recorder, scenario, startedAt } = premises;
  await waitUntil(clock, scheduledMs);
  recorder.scheduled();
  const request = composeRequest(step, scenario, belongings.values, belongings.jar);
  const startedMs = clock.now();
  recorder.started();
  const exchange = await client.send(request);
  const finishedMs = clock.now();

  const timing = { scheduledMs, startedMs, finishedMs };
  const fault = judge(exchange, step, belongings);
  const servedBy = findHeader(exchange, "x-served-by");
  const who = { visitor: visitor.kind.name, visitorNumber: visitor.number, step: step.name };
  recorder.finished({
    step: step.name,
    ...timing,
    servedBy,
    ...(fault && { failure: describeFailure({ fault, ...who, request, exchange, ...timing }, startedAt) }),
  });
  return { correct: fault === undefined, finishedMs };
}

function thinkingMs({ thinkMs }: Step, random: Random): number {
  if (typeof thinkMs === "number") return thinkMs;
  const [least, most] = thinkMs;
  return least + random.next() * (most - least);
}
