// Runs one stream like cdc/src/main.ts, with limits of the test's choice: small parts make a small table large.
import { createLogger, onTermination, parseEnvironment, runMain } from "@strangler/platform";
import { z } from "zod";
import { getStream, getStreamAddresses, readStreams, startStream } from "../../src/index.ts";

const environment = z.object({
  STRANGLER_STREAM: z.string(),
  STREAMS_FILE: z.string(),
  STREAM_LIMITS: z.string(),
});

runMain(async () => {
  const {
    STRANGLER_STREAM: name,
    STREAMS_FILE: file,
    STREAM_LIMITS: limits,
  } = parseEnvironment(environment, process.env);
  const plan = getStream(await readStreams(file), name, file);
  const log = createLogger({ name, level: "info" });
  const addresses = getStreamAddresses(plan, process.env);
  const stream = startStream({ plan, addresses, log, limits: JSON.parse(limits) as object });
  onTermination(stream.close);
  await stream.finished;
});
