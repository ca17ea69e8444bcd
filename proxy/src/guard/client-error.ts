import { errorCode } from "@strangler/platform";
import type { OwnAnswer } from "./answer.ts";

const ANSWERS: Readonly<Record<string, OwnAnswer>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    title: "Request Header Fields Too Large",
    detail: "The request's header is too large.",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    title: "Content Too Large",
    detail: "The request's chunk extensions are too large.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    title: "Request Timeout",
    detail: "The request did not arrive in time.",
  },
};

/** What to tell a client whose bytes are no HTTP request. */
export function clientErrorAnswer(error: Error): OwnAnswer {
  return (
    ANSWERS[errorCode(error) ?? ""] ?? {
      status: 400,
      title: "Bad Request",
      detail: "The request is not well-formed HTTP/1.1.",
    }
  );
}
