import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decode, encode, RECURSION_AVAILABLE, type Answer } from "dns-packet";

export type DnsRecord =
  | { type: "A" | "AAAA"; ttl: number; address: string }
  | { type: "SRV"; ttl: number; target: string; port: number; priority: number; weight: number };

export type DnsServer = {
  /** `127.0.0.1:port`. */
  address: string;
  /** By name. What is not here does not exist. */
  zone: Map<string, DnsRecord[]>;
  /** False: questions are left without an answer. */
  answering: boolean;
  /** Every question so far: `A stock.test`. */
  questions: string[];
  close: () => Promise<void>;
};

const NO_SUCH_NAME = 3;

/** A DNS server that speaks UDP and knows a zone. */
export async function startDnsServer(): Promise<DnsServer> {
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    const [question] = questions;
    if (question === undefined) return;
    server.questions.push(`${question.type} ${question.name}`);
    if (!server.answering) return;
    const records = server.zone.get(question.name.toLowerCase());
    const flags = RECURSION_AVAILABLE | (records === undefined ? NO_SUCH_NAME : 0);
    const answers = (records ?? [])
      .filter(({ type }) => type === question.type)
      .map((each) => toAnswer(question.name, each));
    socket.send(encode({ id, type: "response", flags, questions, answers }), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const server: DnsServer = {
    address: `127.0.0.1:${socket.address().port}`,
    zone: new Map(),
    answering: true,
    questions: [],
    close: async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
  return server;
}

// --- internal ---

function toAnswer(name: string, record: DnsRecord): Answer {
  const { type, ttl } = record;
  if (type !== "SRV") return { name, type, ttl, data: record.address };
  const { target, port, priority, weight } = record;
  return { name, type, ttl, data: { target, port, priority, weight } };
}
