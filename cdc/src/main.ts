// Runs one stream in the foreground until SIGTERM or Ctrl-C. One that goes through a Kafka has two processes, told apart by STRANGLER_ROLE:
// `publish` writes the topics, `apply` (the default) reads them.
import { setFlagsFromString } from "node:v8";
import { onTermination, parseEnvironment, runMain } from "@strangler/platform";
import { z } from "zod";
import { getKafkaConnection, getStream, getStreamAddresses, readStreams, serveStream } from "./index.ts";

const environment = z.object({
  STRANGLER_STREAM: z.string().min(1),
  STREAMS_FILE: z.string().min(1).default("plan/streams.yaml"),
  METRICS_HOST: z.string().min(1).default("127.0.0.1"),
  METRICS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  STREAM_TOKEN: z.string().min(16, "a stream's token has at least 16 characters").optional(),
  STRANGLER_ROLE: z.enum(["publish", "apply"]).optional(),
  LOG_LEVEL: z.string().default("info"),
});

// V8 collects when the heap has grown to up to four times of what was alive. While a backlog is applied most of that is rows which are
// written already: a transaction of millions of rows took 390 MiB, and with this 200.
setFlagsFromString("--heap-growing-percent=60");

runMain(async () => {
  const config = parseEnvironment(environment, process.env);
  const plan = getStream(await readStreams(config.STREAMS_FILE), config.STRANGLER_STREAM, config.STREAMS_FILE);
  const stream = await serveStream({
    plan,
    addresses: getStreamAddresses(plan, process.env),
    logLevel: config.LOG_LEVEL,
    metricsHost: config.METRICS_HOST,
    metricsPort: config.METRICS_PORT,
    token: config.STREAM_TOKEN,
    kafka: plan.through && getKafkaConnection(plan.through.kafka, process.env),
    role: config.STRANGLER_ROLE,
  });
  onTermination(stream.close);
  await stream.finished;
});
