export type Answer = {
  status: number;
  /** Status line and fields. */
  head: string;
  body: string;
  /** Field lines after the last chunk. */
  trailers: string;
  /** Informational answers before it, each with its fields. */
  interim: string[];
  complete: boolean;
};

/**
 * Reads the answers to these methods, in order, out of everything received so far (latin1), by the framing of RFC 9112 section 6.3.
 * An answer that has begun and is not all there has `complete: false`.
 */
export function readAnswers(received: string, methods: readonly string[], ended: boolean): Answer[] {
  const answers: Answer[] = [];
  let at = 0;
  for (const method of methods) {
    const read = readAnswer(received, at, method, ended);
    if (read === undefined) break;
    answers.push(read.answer);
    if (!read.answer.complete) break;
    at = read.end;
  }
  return answers;
}

/** The body of a chunked message from `at` on: undefined when it is no chunked coding, `complete: false` when it goes on. */
export function readChunks(text: string, at: number) {
  let body = "";
  for (;;) {
    const line = text.indexOf("\r\n", at);
    if (line === -1) return { body, trailers: "", end: at, complete: false };
    const size = /^([0-9a-f]+)(?:;.*)?$/i.exec(text.slice(at, line))?.[1];
    if (size === undefined) return undefined;
    const length = Number.parseInt(size, 16);
    if (length === 0) return readTrailers(text, line + 2, body);
    if (text.length < line + 2 + length + 2) return { body, trailers: "", end: at, complete: false };
    body += text.slice(line + 2, line + 2 + length);
    if (text.slice(line + 2 + length, line + 4 + length) !== "\r\n") return undefined;
    at = line + 4 + length;
  }
}

// --- internal ---

function readAnswer(received: string, start: number, method: string, ended: boolean) {
  const interim: string[] = [];
  let at = start;
  for (;;) {
    const split = received.indexOf("\r\n\r\n", at);
    if (split === -1) return undefined;
    const head = received.slice(at, split);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) throw new Error(`no answer of HTTP/1.1: ${JSON.stringify(head.slice(0, 80))}`);
    at = split + 4;
    if (status >= 200 || status === 101) return finish({ status, head, interim }, received, at, method, ended);
    interim.push(head);
  }
}

function finish(
  begun: Pick<Answer, "status" | "head" | "interim">,
  text: string,
  at: number,
  method: string,
  ended: boolean,
) {
  const { status, head } = begun;
  const whole = (body: string, end: number, trailers = "") => ({
    answer: { ...begun, body, trailers, complete: true } satisfies Answer,
    end,
  });
  const part = (body: string) => ({
    answer: { ...begun, body, trailers: "", complete: false } satisfies Answer,
    end: at,
  });

  if (method === "HEAD" || status === 204 || status === 304 || status === 101) return whole("", at);
  if (/^transfer-encoding: *chunked$/im.test(head)) {
    const chunks = readChunks(text, at);
    return chunks?.complete === true ? whole(chunks.body, chunks.end, chunks.trailers) : part(chunks?.body ?? "");
  }
  const length = /^content-length: *(\d+)$/im.exec(head)?.[1];
  if (length === undefined) return ended ? whole(text.slice(at), text.length) : part(text.slice(at));
  const body = text.slice(at, at + Number(length));
  return body.length === Number(length) ? whole(body, at + body.length) : part(body);
}

function readTrailers(text: string, at: number, body: string) {
  if (text.startsWith("\r\n", at)) return { body, trailers: "", end: at + 2, complete: true };
  const end = text.indexOf("\r\n\r\n", at);
  if (end === -1) return { body, trailers: "", end: at, complete: false };
  return { body, trailers: text.slice(at, end), end: end + 4, complete: true };
}
