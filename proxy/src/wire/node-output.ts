import type { ServerResponse } from "node:http";
import { borrowCopy, giveBack } from "./borrowed-copy.ts";
import type { Output } from "./wire-exchange.ts";

/** Where node:http writes the answer. */
export function createNodeOutput(response: ServerResponse): Output {
  return {
    write: (piece) => {
      const copy = borrowCopy(piece);
      return response.write(copy, () => giveBack(copy));
    },
    onceDrained: (listener) => void response.once("drain", listener),
    flushHead: () => response.flushHeaders(),
    end: () => void response.end(),
  };
}
