import { StringDecoder } from "node:string_decoder";

/** A stream that sends more than this without ending an event is none. */
const LONGEST_EVENT = 65_536;

/**
 * Reads server-sent events whose data is one JSON object on one line, as streams send them (WHATWG HTML, section 9.2).
 * Throws when what comes is nothing of the kind.
 */
export function createEventReader(onEvent: (event: Record<string, unknown>) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_EVENT) throw new Error("it sends something other than events");
    for (const line of lines) {
      if (!line.startsWith("data: ")) continue;
      const event: unknown = JSON.parse(line.slice(6));
      if (typeof event === "object" && event !== null) onEvent(event as Record<string, unknown>);
    }
  };
}
