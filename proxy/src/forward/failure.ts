import { errorCode } from "@strangler/platform";
import type { OwnAnswer } from "../guard/answer.ts";
import type { UpstreamFailure } from "./engine.ts";

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EADDRNOTAVAIL",
  "EMFILE",
]);

const TOO_SLOW = new Set(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/** Sorts an error of the upstream's connection. */
export function failureOf(error: unknown): UpstreamFailure {
  const code = errorCode(error) ?? "UNKNOWN";
  const message = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(code), code, message };
}

/** What the customer is told: which kind of trouble, no addresses and no internals. */
export function failureAnswer({ kind }: UpstreamFailure): OwnAnswer {
  switch (kind) {
    case "unreachable":
      return { status: 502, title: "Bad Gateway", detail: "The server behind this address cannot be reached." };
    case "too slow":
      return {
        status: 504,
        title: "Gateway Timeout",
        detail: "The server behind this address did not answer in time.",
      };
    case "not HTTP":
      return {
        status: 502,
        title: "Bad Gateway",
        detail: "The server behind this address gave an answer that cannot be passed on.",
      };
    case "cut off":
      return {
        status: 502,
        title: "Bad Gateway",
        detail: "The server behind this address closed the connection without an answer.",
      };
  }
}

// --- internal ---

function kindOf(code: string): UpstreamFailure["kind"] {
  if (UNREACHABLE.has(code)) return "unreachable";
  if (TOO_SLOW.has(code)) return "too slow";
  if (code.startsWith("HPE_") || code === "UND_ERR_HEADERS_OVERFLOW") return "not HTTP";
  return "cut off";
}
