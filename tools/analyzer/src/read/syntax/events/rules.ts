import type { EventFact } from "../../../source-facts.ts";
import {
  everyArgument,
  firstArgument,
  joinedArguments,
  listedMemberNames,
  memberNames,
  registeredName,
  type ReadNames,
} from "./names.ts";

/** A member that sends or listens when it is called on something of this name or type. */
export type Rule = {
  role: EventFact["role"];
  mechanism: string;
  /** The last name before the member, or the declared type of it. */
  receiver: RegExp;
  names: ReadNames;
};

/** The rules for a member's name; the first one that fits the receiver and finds a name counts. */
export function rulesFor(member: string): readonly Rule[] | undefined {
  return RULES.get(member);
}

// --- internal ---

/** Where the arguments alone tell enough. */
const ANY = /^/;
const EMITTER =
  /(?:emitter\d?|event_?bus\w*|^bus|(?<!queue_?)events|dispatcher|event_?(?:hub|manager|publisher)|mediator)_?$/i;
const PUBSUB = /pub_?sub(?:service|client|engine)?_?$/i;
const REDIS = /(?:^redis\w*|redis|redis_?client|publisher|subscriber|^pub|^sub|pub_?client|sub_?client)_?$/i;
const HOOKS = /hooks?_?$/i;
const CHANNEL = /(?:channel\w*|^ch|amqp\w*|rabbit\w*)_?$/i;
const PRODUCER = /(?:producer|kafka\w*)_?$/i;
const CLIENT = /^Client(?:Proxy|Kafka|KafkaProxy|RMQ|Redis|Nats|Mqtt|TCP)$/;
const LISTENER = /^sql$|^pg_?(?:subscriber|listener|client)$/i;
const JOBS = /(?:boss|agenda)_?$/i;
const EVENT = /(?:^|[a-z])Event$/;

const TABLE: readonly [Rule["role"], mechanism: string, receiver: RegExp, members: string, names: ReadNames][] = [
  ["emit", "kafka", PRODUCER, "send", memberNames("topic")],
  ["emit", "kafka", PRODUCER, "sendBatch", listedMemberNames("topicMessages", "topic")],
  ["listen", "kafka", ANY, "subscribe", memberNames("topic", "topics")],
  ["emit", "amqp", ANY, "sendToQueue", firstArgument],
  ["emit", "amqp", CHANNEL, "publish", joinedArguments(0, 1)],
  ["listen", "amqp", CHANNEL, "consume", firstArgument],
  ["listen", "amqp", ANY, "bindQueue", joinedArguments(1, 2)],
  ["emit", "sqs", ANY, "sendMessage sendMessageBatch", memberNames("QueueUrl")],
  ["listen", "sqs", ANY, "receiveMessage", memberNames("QueueUrl")],
  ["emit", "sns", ANY, "publish", memberNames("TopicArn")],
  ["emit", "nest", CLIENT, "emit send", firstArgument],
  ["emit", "queue", JOBS, "send publish now schedule every", firstArgument],
  ["listen", "queue", JOBS, "work define", firstArgument],
  ["emit", "pubsub", PUBSUB, "publish emit trigger", firstArgument],
  ["listen", "pubsub", PUBSUB, "on once subscribe psubscribe asyncIterator asyncIterableIterator", firstArgument],
  ["emit", "pubsub", REDIS, "publish", firstArgument],
  ["listen", "pubsub", REDIS, "subscribe psubscribe pSubscribe", everyArgument],
  ["emit", "postgres", LISTENER, "notify", firstArgument],
  ["listen", "postgres", LISTENER, "listen listenTo", firstArgument],
  ["emit", "hook", HOOKS, "fire call callHook run trigger doAction applyFilters", firstArgument],
  ["listen", "hook", HOOKS, "register on tap addAction addFilter", registeredName],
  ["emit", "emitter", EMITTER, "emit emitAsync publish publishAll dispatch fire trigger raise notify", firstArgument],
  ["listen", "emitter", EMITTER, "on once addListener prependListener subscribe listen ofType", firstArgument],
  ["listen", "emitter", EMITTER, "register registerHandler addHandler", registeredName],
  [
    "emit",
    "class",
    ANY,
    "addDomainEvent addEvent raiseEvent recordEvent publishEvent apply raise record",
    firstArgument,
  ],
  [
    "emit",
    "named",
    EVENT,
    "schedule create createFromContext createAndPublish publish insert build",
    memberNames("name", "type", "event"),
  ],
];

const RULES = byMember();

function byMember(): ReadonlyMap<string, readonly Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const [role, mechanism, receiver, members, names] of TABLE) {
    for (const member of members.split(" ")) {
      found.set(member, [...(found.get(member) ?? []), { role, mechanism, receiver, names }]);
    }
  }
  return found;
}
