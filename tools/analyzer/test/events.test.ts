import { describe, expect, test } from "@jest/globals";
import type { EventUse } from "../src/facts.ts";
import { pairEvents } from "../src/link/event-pairs.ts";
import { linkTexts } from "./link-texts.ts";

/** Every use as `file:line role mechanism name`. */
async function events(texts: Record<string, string>): Promise<string[]> {
  const facts = await linkTexts(texts);
  return facts.events.map(({ file, line, role, mechanism, name }) => `${file}:${line} ${role} ${mechanism} ${name}`);
}

const inFile = async (code: string): Promise<string[]> =>
  (await events({ "a.ts": code })).map((x) => x.slice("a.ts:".length));

describe("emitters in one process", () => {
  test("by name or type of the emitter; names from constants, enums and statics of other files", async () => {
    expect(
      await events({
        "names.ts": `
          export const PAID = "order.paid";
          export enum Cart { Emptied = "cart.emptied" }
          export class Orders { static readonly Events = { PLACED: "order.placed" }; static getName() { return "order.named"; } }
        `,
        "sender.ts": `
          import { PAID, Cart, Orders } from "./names";
          class Sender {
            constructor(private readonly out: EventEmitter2, private readonly eventBus_: Bus) {}
            async send(id, eventName) {
              this.out.emit(PAID, {});
              await this.eventBus_.withTransaction(trx).emit(Orders.Events.PLACED, {});
              this.eventBus_.emit([{ eventName: Cart.Emptied, data: {} }]);
              eventEmitter.emit(Orders.getName(), {});
              eventEmitter.emit(\`order.\${id}.sent\`);
              eventEmitter.emit(id);
              const later = [];
              later.push({ eventName: Orders.Events.PLACED, data: { id } });
              return { eventName, data: {} };
            }
          }
        `,
        "listener.ts": `
          import { Orders } from "./names";
          class Listener {
            constructor({ eventBusService }) { eventBusService.subscribe(Orders.Events.PLACED, this.handle); }
            @OnEvent("order.*") any() {}
          }
        `,
        "subscriber.ts": `
          export default function handle() {}
          export const config: SubscriberConfig = { event: "order.placed", context: {} };
        `,
      }),
    ).toEqual([
      "listener.ts:4 listen emitter order.placed",
      "listener.ts:5 listen emitter order.*",
      "sender.ts:6 emit emitter order.paid",
      "sender.ts:7 emit emitter order.placed",
      "sender.ts:8 emit emitter cart.emptied",
      "sender.ts:9 emit emitter order.named",
      "sender.ts:10 emit emitter order.*.sent",
      "sender.ts:11 emit emitter null",
      "sender.ts:13 emit emitter order.placed",
      "subscriber.ts:3 listen emitter order.placed",
    ]);
  });

  test("a class that is an emitter only speaks to those who listen to it", async () => {
    expect(
      await events({
        "importer.ts": `
          import { EventEmitter } from "node:events";
          export class Importer extends EventEmitter { run() { this.emit("row", 1); this.emit("error", e); } }
          export const importer = new Importer();
        `,
        "main.ts": `import { importer } from "./importer"; importer.on("row", () => {}); importer.once("end", () => {});`,
      }),
    ).toEqual(["importer.ts:3 emit emitter Importer row", "main.ts:1 listen emitter Importer row"]);
  });

  test("sockets, streams, processes, DOM nodes and settings are none", async () => {
    const code = `
      socket.emit("typing"); io.to(room).emit("post"); stream.on("data", f); process.on("SIGTERM", f); req.on("aborted", f);
      window.addEventListener("load", f); child.on("message", f); app.on("mount", f); element.dispatchEvent(new CustomEvent("x"));
      fn.apply(new Thing()); store.dispatch({ type: "add" }); queue.on("completed", f); list.add(1); set.add("x");
      queueEvents.on("done", f); http.send({ topic: "no" }); client.send(new GetObjectCommand({}));
    `;
    expect(await inFile(code)).toEqual([]);
    expect(
      await inFile(
        `import { EventEmitter } from "@angular/core"; class A { x = new EventEmitter<string>(); y() { this.x.emit("value"); } }`,
      ),
    ).toEqual([]);
  });
});

test("events that are classes carry the name of the class, however they are sent and awaited", async () => {
  expect(
    await events({
      "events.ts": `export class Placed {} export class PaidEvent {} export class Base {}`,
      "order.ts": `
        import { Placed, PaidEvent } from "./events"; import { Shared } from "@shop/contracts";
        class Order { place() { this.addDomainEvent(new Placed()); this.apply(new PaidEvent()); this.apply(new Date()); } }
        class Payments { pay() { const paid = new PaidEvent(); this.eventBus.publish(paid); this.eventBus.publish(new Shared()); } }
      `,
      "handlers.ts": `
        import { Placed, PaidEvent } from "./events";
        DomainEvents.register(this.onPlaced.bind(this), Placed.name);
        eventBus.ofType(PaidEvent).subscribe((event) => {});
        @EventsHandler(Placed, PaidEvent) class Both { handle() {} }
      `,
    }),
  ).toEqual([
    "handlers.ts:3 listen class Placed",
    "handlers.ts:4 listen class PaidEvent",
    "handlers.ts:5 listen class PaidEvent",
    "handlers.ts:5 listen class Placed",
    "order.ts:3 emit class PaidEvent",
    "order.ts:3 emit class Placed",
    "order.ts:4 emit class PaidEvent",
    "order.ts:4 emit class Shared",
  ]);
});

describe("queues and jobs", () => {
  test("Bull and BullMQ: the queue's name, wherever it is held", async () => {
    expect(
      await events({
        "queues.ts": `
          import { Queue } from "bullmq";
          export const MAILS = "mails";
          export const mails = new Queue(MAILS);
        `,
        "worker.ts": `import { Worker } from "bullmq"; import { MAILS } from "./queues"; new Worker(MAILS, async () => {});`,
        "api.ts": `
          import { mails } from "./queues";
          import { Queue } from "bull";
          class Api {
            private jobs = jobs;
            constructor(@InjectQueue("reports") private readonly reports: Queue) { this.images = new Queue("images"); }
            go() { mails.add("welcome", {}); this.reports.addBulk([]); this.images.add({}); unknown.add("x"); this.jobs.add("y"); }
          }
        `,
        "reports.processor.ts": `@Processor("reports") export class ReportsProcessor { @Process() run() {} }`,
      }),
    ).toEqual([
      "api.ts:7 emit queue images",
      "api.ts:7 emit queue mails",
      "api.ts:7 emit queue reports",
      "reports.processor.ts:1 listen queue reports",
      "worker.ts:1 listen queue mails",
    ]);
  });

  test("a class that is scheduled hears its own name", async () => {
    expect(
      await events({
        "tasks.ts": `class Task { perform() {} schedule() {} } export class Mail extends Task { perform() {} } export class Other {}`,
        "main.ts": `import { Mail, Other } from "./tasks"; export const run = async () => { await new Mail().schedule({}); new Other().schedule(); cron.schedule("* * *", f); };`,
      }),
    ).toEqual(["main.ts:1 emit job Mail", "tasks.ts:1 listen job Mail"]);
  });

  test("objects with a name, where classes list the names they are called for", async () => {
    const sender = `export const go = () => Event.schedule({ name: "documents.publish", id: 1 });`;
    const listener = `export class Revisions { static applicableEvents: Name[] = ["documents.publish", "documents.update"]; }`;
    expect(await events({ "a.ts": sender, "b.ts": listener })).toEqual([
      "a.ts:1 emit named documents.publish",
      "b.ts:1 listen named documents.publish",
      "b.ts:1 listen named documents.update",
    ]);
    expect(await events({ "a.ts": sender })).toEqual([]);
  });

  test("hooks of plugins", async () => {
    const code = `
      await plugins.hooks.fire("filter:post.get", {});
      plugins.hooks.register("core", { hook: "filter:post.get", method: f });
      hooks.on("done", f);
    `;
    expect(await inFile(code)).toEqual([
      "2 emit hook filter:post.get",
      "3 listen hook filter:post.get",
      "4 listen hook done",
    ]);
  });
});

test("messages between processes: Kafka, AMQP, SQS, SNS, Redis, NestJS, PostgreSQL", async () => {
  const code = `
    await producer.send({ topic: "orders", messages: [] }); await this.kafka.sendBatch({ topicMessages: [{ topic: "carts" }] });
    await consumer.subscribe({ topics: ["orders", "carts"], fromBeginning: true });
    channel.sendToQueue("mails", b); channel.consume("mails", f); ch.publish("shop", "order.placed", b); ch.bindQueue(q, "shop", "order.*");
    sqs.send(new SendMessageCommand({ QueueUrl: process.env.ORDERS_QUEUE })); sqs.receiveMessage({ QueueUrl: process.env.ORDERS_QUEUE });
    sns.send(new PublishCommand({ TopicArn: TOPIC }));
    redis.publish("prices", "1"); subscriber.subscribe("prices", "stocks", (error) => {});
    class A { constructor(private readonly client: ClientProxy) {} go() { this.client.emit("paid", {}); this.client.send({ cmd: "sum" }, []); } }
    class B { @EventPattern("paid") a() {} @MessagePattern({ cmd: "sum" }) b() {} }
    await client.query("LISTEN order_changes"); await client.query("select pg_notify('order_changes', $1)", [id]);
    await client.query("NOTIFY order_changes");
  `;
  expect(await inFile(code)).toEqual([
    "2 emit kafka carts",
    "2 emit kafka orders",
    "3 listen kafka carts",
    "3 listen kafka orders",
    "4 emit amqp mails",
    "4 emit amqp shop:order.placed",
    "4 listen amqp mails",
    "4 listen amqp shop:order.*",
    "5 emit sqs ORDERS_QUEUE",
    "5 listen sqs ORDERS_QUEUE",
    "6 emit sns TOPIC",
    "7 emit pubsub prices",
    "7 listen pubsub prices",
    "7 listen pubsub stocks",
    "8 emit nest cmd:sum",
    "8 emit nest paid",
    "9 listen nest cmd:sum",
    "9 listen nest paid",
    "10 emit postgres order_changes",
    "10 listen postgres order_changes",
    "11 emit postgres order_changes",
  ]);
});

describe("who hears whom", () => {
  const use = (role: EventUse["role"], name: string | null, mechanism = "emitter"): EventUse => ({
    file: `${role}.ts`,
    line: 1,
    role,
    name,
    mechanism,
    function: null,
  });

  test.each([
    ["order.placed", "order.placed", true],
    ["order.placed", "order.paid", false],
    ["order.placed", "order.*", true],
    ["order.placed", "*", true],
    ["order.*.sent", "order.**", true],
    ["user/*/updated", "user/*/updated", true],
    ["user/*/updated", "user/*/deleted", false],
    ["order.*", "cart.placed", false],
  ])("%s and %s: %s", (emitted, heard, expected) => {
    expect(pairEvents([use("listen", heard), use("emit", emitted)]).length > 0).toBe(expected);
  });

  test("nobody hears another mechanism, or a name that is not known", () => {
    expect(pairEvents([use("listen", "a"), use("emit", "a", "kafka"), use("emit", null), use("listen", null)])).toEqual(
      [],
    );
  });
});
