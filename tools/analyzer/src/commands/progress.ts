import type { WriteStream } from "node:tty";
import type { Progress } from "../read/read-sources.ts";

/** A line that counts up on a terminal and leaves nothing behind; silent elsewhere. */
export function showProgress(stream: WriteStream, verb: string): { step: Progress; end: () => void } {
  if (!stream.isTTY) return { step: () => undefined, end: () => undefined };
  let shown = -1;
  return {
    step: (done, all) => {
      const percent = Math.floor((100 * done) / all);
      if (percent === shown) return;
      shown = percent;
      stream.write(`\r${verb} ${done}/${all} files`);
    },
    end: () => {
      stream.write("\r\u001b[K");
    },
  };
}
