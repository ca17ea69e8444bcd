import pc from "picocolors";

export type Narrator = {
  /** Begins a step of the runbook. */
  step: (title: string) => void;
  /** A command that a person would type here. */
  command: (line: string) => void;
  /** A fact worth keeping on the screen. */
  say: (line: string) => void;
  /** What is going on right now: one line that is overwritten on a terminal, and left out elsewhere. */
  progress: (line: string) => void;
};

/** Tells the story on `stream`: colours and a moving line on a terminal, plain lines anywhere else. */
export function createNarrator(stream: NodeJS.WriteStream, now: () => number): Narrator {
  const colour = pc.createColors(stream.isTTY && process.stdout.hasColors());
  const startedAt = now();
  let steps = 0;

  const clear = () => {
    if (stream.isTTY) stream.write("\r\u001b[2K");
  };
  const line = (text: string) => {
    clear();
    stream.write(`${text}\n`);
  };
  return {
    step: (title) => {
      steps += 1;
      const seconds = ((now() - startedAt) / 1000).toFixed(0).padStart(3);
      line(`\n${colour.dim(`${seconds} s`)}  ${colour.bold(`${steps}. ${title}`)}`);
    },
    command: (text) => line(`       ${colour.cyan("$")} ${text}`),
    say: (text) => line(`       ${text}`),
    progress: (text) => {
      clear();
      if (stream.isTTY) stream.write(`       ${colour.dim(text.slice(0, 70))}`);
    },
  };
}
