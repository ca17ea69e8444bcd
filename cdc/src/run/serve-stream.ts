import { createLogger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import type { KafkaConnection } from "../kafka/connection.ts";
import { createKafka } from "../kafka/kafkajs.ts";
import { startStream, type RunningStream, type StreamRole } from "./start-stream.ts";
import { startStatusServer } from "./status-server.ts";

export type ServedStream = RunningStream & {
  /** Where /livez, /readyz, /status, /metrics and the positions answer. */
  url: string;
};

export type ServeOptions = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  logLevel: string;
  /** 0 lets the system choose. */
  metricsPort: number;
  /** Loopback when left out. */
  metricsHost?: string | undefined;
  /** Who may read positions; without it, whoever asks on loopback. */
  token?: string | undefined;
  /** For a stream that goes through a Kafka. */
  kafka?: KafkaConnection | undefined;
  /** See StreamOptions. */
  role?: StreamRole | undefined;
};

/** What a process does that runs one stream: the stream, and its status, positions and metrics. Throws PortTakenError. */
export async function serveStream(options: ServeOptions): Promise<ServedStream> {
  const { plan, addresses, logLevel, metricsPort: port, metricsHost: host = "127.0.0.1", token } = options;
  const { kafka: connection, role } = options;
  const part = role === "publish" ? "publish" : "stream";
  const log = createLogger({ name: `${part}-${plan.name}`, level: logLevel });
  const kafka = connection && createKafka({ connection, clientId: `strangler-${part}-${plan.name}`, log });
  const stream = startStream({
    plan,
    addresses,
    log,
    ...(kafka === undefined ? {} : { kafka }),
    ...(role === undefined ? {} : { role }),
  });
  const closeStream = async () => {
    await stream.close();
    await kafka?.close();
  };
  try {
    const server = await startStatusServer({ name: plan.name, stream, host, port, token });
    log.info({ url: server.url }, "status and metrics");
    return {
      ...stream,
      url: server.url,
      close: async () => {
        await closeStream();
        await server.close();
      },
    };
  } catch (error) {
    await closeStream();
    throw error;
  }
}
