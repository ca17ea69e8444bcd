import { createLogger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { startStream, type RunningStream } from "./start-stream.ts";
import { startStatusServer } from "./status-server.ts";

export type ServedStream = RunningStream & {
  /** Where /livez, /readyz, /status and /metrics answer. */
  url: string;
};

export type ServeOptions = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  logLevel: string;
  /** 0 lets the system choose. */
  metricsPort: number;
};

/** What a process does that runs one stream: the stream, and its status and metrics on loopback. Throws PortTakenError. */
export async function serveStream({ plan, addresses, logLevel, metricsPort }: ServeOptions): Promise<ServedStream> {
  const log = createLogger({ name: `stream-${plan.name}`, level: logLevel });
  const stream = startStream({ plan, addresses, log });
  try {
    const server = await startStatusServer(plan.name, metricsPort, stream.status);
    log.info({ url: server.url }, "status and metrics");
    return {
      ...stream,
      url: server.url,
      close: async () => {
        await stream.close();
        await server.close();
      },
    };
  } catch (error) {
    await stream.close();
    throw error;
  }
}
