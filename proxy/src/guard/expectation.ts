import type { RequestHead } from "./request-head.ts";
import { hasBody } from "./request-headers.ts";

/**
 * Whether the client waits for `100 Continue` before it sends its body (RFC 9110 section 10.1.1). It says so in HTTP/1.1 only, and
 * without a body there is nothing to wait for. Any other expectation has been refused before.
 */
export function expectsContinue(request: RequestHead): boolean {
  return request.headers.expect !== undefined && request.httpVersionMinor === 1 && hasBody(request);
}
