// A running stream's ear for what people ask of it. It listens on the session that applies, so that it hears as long as it works, and
// serves requests on that session between two target transactions, so that nothing else writes the stream's tables meanwhile.

import type { Logger } from "@strangler/platform";
import { quoteName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import {
  answerRequest,
  controlChannel,
  listRequests,
  readControl,
  type ControlMode,
  type StreamRequest,
} from "./control-store.ts";

export type Control = {
  mode: () => ControlMode;
  /** Whether units may be taken as usual: nothing was asked, and the stream applies. The only thing that the usual path asks. */
  isQuiet: () => boolean;
  /** Something has changed in the store since the last look. */
  hasNews: () => boolean;
  /** Reads the flag and serves what was asked. Only between two target transactions. */
  attend: () => Promise<void>;
  /** Calls back when there is news. */
  onNews: (call: () => void) => void;
};

/** Of a stream that nobody can ask anything. */
export const NO_CONTROL: Control = {
  mode: () => "applying",
  isQuiet: () => true,
  hasNews: () => false,
  attend: () => Promise.resolve(),
  onNews: () => undefined,
};

export type ControlOptions = {
  session: Session;
  stream: string;
  /** Does what a request asks, and answers with something that JSON can hold. */
  serve: (request: StreamRequest) => Promise<unknown>;
  /** The mode has changed. */
  onMode?: (mode: ControlMode) => Promise<void>;
  log: Logger;
};

/** Begins to listen, and has looked once when it resolves. */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { session, stream, log } = options;
  let mode: ControlMode = "applying";
  let hasNews = true;
  let isQuiet = false;
  let call: () => void = () => undefined;

  session.on("notification", () => {
    hasNews = true;
    isQuiet = false;
    call();
  });
  await session.query(`LISTEN ${quoteName(controlChannel(stream))}`);

  async function attend(): Promise<void> {
    hasNews = false;
    const stored = await readControl(session, stream);
    if (stored.mode !== mode)
      log.info({ mode: stored.mode, reason: stored.reason }, "the stream was asked to change its mode");
    const hasChanged = stored.mode !== mode;
    mode = stored.mode;
    if (hasChanged) await options.onMode?.(mode);
    for (const request of await listRequests(session, stream)) {
      log.info({ verb: request.verb, parked: request.parked ?? "all" }, "a request is served");
      await answerRequest(session, request.id, await options.serve(request));
    }
    isQuiet = mode === "applying" && !hasNews;
  }

  await attend();
  return {
    mode: () => mode,
    isQuiet: () => isQuiet,
    hasNews: () => hasNews,
    attend,
    onNews: (next) => (call = next),
  };
}
