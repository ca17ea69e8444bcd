import type { Text } from "../../../source-facts.ts";
import type { Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { decoratorCall } from "../decorators.ts";
import { isAssignment } from "../exports.ts";
import { dottedName, lastSegment, propertyName, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { spellValue } from "../spelled-values.ts";
import { memberValue } from "../tokens.ts";
import { addEvents } from "./add-events.ts";
import { memberNames, namesOf } from "./names.ts";

/** `queue.add("mail", data)` sends, `queue.process(handler)` waits; which queue it is, linking tells from the name. */
export function recordQueueCall(recorder: Recorder, step: Step, scope: Scope): void {
  const role = QUEUE_MEMBERS.get(step.name);
  if (step.name === "createQueue") recordQueueWithWorker(recorder, step, scope);
  const callee = role && unwrap(step.node.expression);
  if (!callee || !ts.isPropertyAccessExpression(callee)) return;
  const sender = spellValue(callee.expression, scope);
  if (sender === null) return;
  addEvents(recorder, { role, mechanism: "queue" }, [[{ hole: "queue" }]], step.node, scope, sender);
}

/** `new Worker("mails", handler)`, `new SendMessageCommand({ QueueUrl })` */
export function recordConstructedEvents(recorder: Recorder, node: ts.NewExpression, scope: Scope): void {
  const name = lastSegment(dottedName(node.expression) ?? "");
  const command = COMMANDS.get(name);
  const args = node.arguments ?? [];
  if (command) {
    const [role, mechanism, member] = command;
    addEvents(recorder, { role, mechanism }, memberNames(member)(recorder, args, scope), node, scope);
  } else if (name === "Worker" && usesQueues(recorder)) {
    addEvents(recorder, { role: "listen", mechanism: "queue" }, namesOf(recorder, args[0], scope), node, scope);
  }
}

/** `const mails = new Queue("mails")`, `this.mails = await jobs.createQueue({ name: "mails" })`: what holds a queue. */
export function recordQueueHolder(recorder: Recorder, holder: ts.Node, value: ts.Expression, scope: Scope): void {
  const inner = unwrap(value);
  if (!ts.isNewExpression(inner) && !ts.isCallExpression(inner)) return;
  const name = queueName(recorder, inner, scope);
  const key = name && holderKey(holder, scope);
  if (key) recorder.facts.wiring.queues[key] ??= name;
}

/** `@InjectQueue("mails") private readonly mails: Queue` */
export function recordInjectedQueues(
  recorder: Recorder,
  node: ts.ClassLikeDeclaration,
  className: string,
  scope: Scope,
): void {
  for (const member of node.members) {
    const holders = ts.isConstructorDeclaration(member) ? member.parameters : [member];
    for (const holder of holders) {
      const [token] = decoratorCall(holder, INJECT_QUEUE)?.arguments ?? [];
      const field = holder.name ? propertyName(holder.name) : null;
      const [name] = token && field !== null ? namesOf(recorder, token, scope) : [];
      if (name) recorder.facts.wiring.queues[`${className}#${field}`] = name;
    }
  }
}

export function recordQueueAssignment(recorder: Recorder, node: ts.BinaryExpression, scope: Scope): void {
  if (isAssignment(node)) recordQueueHolder(recorder, node.left, node.right, scope);
}

// --- internal ---

const INJECT_QUEUE = new Set(["InjectQueue"]);
const QUEUE_PACKAGE = /^(?:bull|bullmq|bee-queue|@nestjs\/bull|@nestjs\/bullmq)$/;
const QUEUE_MEMBERS: ReadonlyMap<string, "emit" | "listen"> = new Map([
  ["add", "emit"],
  ["addBulk", "emit"],
  ["createJob", "emit"],
  ["process", "listen"],
]);
const COMMANDS: ReadonlyMap<string, ["emit" | "listen", mechanism: string, member: string]> = new Map([
  ["SendMessageCommand", ["emit", "sqs", "QueueUrl"]],
  ["SendMessageBatchCommand", ["emit", "sqs", "QueueUrl"]],
  ["ReceiveMessageCommand", ["listen", "sqs", "QueueUrl"]],
  ["PublishCommand", ["emit", "sns", "TopicArn"]],
  ["PublishBatchCommand", ["emit", "sns", "TopicArn"]],
]);

function usesQueues(recorder: Recorder): boolean {
  return recorder.facts.imports.some(({ specifier }) => QUEUE_PACKAGE.test(specifier ?? ""));
}

// `createQueue({ name: "mails", process: handler })`: who makes the queue also works on it.
function recordQueueWithWorker(recorder: Recorder, { args, node }: Step, scope: Scope): void {
  if (!memberValue(args[0], ["process", "processor", "handler"])) return;
  const names = memberNames("name")(recorder, args, scope);
  addEvents(recorder, { role: "listen", mechanism: "queue" }, names, node, scope);
}

function queueName(recorder: Recorder, node: ts.NewExpression | ts.CallExpression, scope: Scope): Text | null {
  const callee = unwrap(node.expression);
  const maker = ts.isPropertyAccessExpression(callee) ? callee.name.text : (dottedName(callee) ?? "");
  const args = node.arguments ?? [];
  if (ts.isNewExpression(node) && /(?:^|\.)(?:Queue|Bull|BullQueue)$/.test(maker) && usesQueues(recorder)) {
    return namesOf(recorder, args[0], scope)[0] ?? null;
  }
  if (maker !== "createQueue") return null;
  const first = args[0] && unwrap(args[0]);
  if (first && ts.isStringLiteralLike(first)) return [first.text];
  return memberNames("name")(recorder, args, scope)[0] ?? null;
}

function holderKey(holder: ts.Node, scope: Scope): string | null {
  if (ts.isIdentifier(holder)) return holder.text;
  const name = ts.isExpression(holder) ? dottedName(holder) : null;
  if (name === null || scope.className === null || !/^this\.[\w$]+$/.test(name)) return null;
  return `${scope.className}#${name.slice("this.".length)}`;
}
