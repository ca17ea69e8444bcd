import type { Step } from "../chain.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { addEvents } from "./add-events.ts";
import { everyArgument, firstArgument, joinedMembers, type ReadNames } from "./names.ts";

/** `@OnEvent("order.placed")`, `@EventPattern(...)`, `@Processor("mails")`: what stands below waits for it. */
export function recordEventDecorator(recorder: Recorder, name: string, step: Step, scope: Scope): void {
  const rule = LISTENING.get(name);
  if (!rule || scope.className === null) return;
  addEvents(recorder, { role: "listen", mechanism: rule[0] }, rule[1](recorder, step.args, scope), step.node, scope);
}

// --- internal ---

const LISTENING: ReadonlyMap<string, [mechanism: string, names: ReadNames]> = new Map([
  ["OnEvent", ["emitter", firstArgument]],
  ["EventsHandler", ["class", everyArgument]],
  ["EventPattern", ["nest", firstArgument]],
  ["MessagePattern", ["nest", firstArgument]],
  ["Processor", ["queue", firstArgument]],
  ["RabbitSubscribe", ["amqp", joinedMembers("exchange", "routingKey")]],
  ["RabbitRPC", ["amqp", joinedMembers("exchange", "routingKey")]],
  ["SqsMessageHandler", ["sqs", firstArgument]],
]);
