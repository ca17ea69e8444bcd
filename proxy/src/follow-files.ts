import { stat } from "node:fs/promises";

export type Following = {
  /** Looks at once instead of at the next turn, and waits for the end of it. */
  look: () => Promise<void>;
  close: () => void;
};

// Polling sees what a watch misses: renames on mounts, swapped links of a ConfigMap, files that are not there yet.
const POLL_MS = 300;

/**
 * Calls `look` now and then after every change of the files, one call at a time. `look` must not reject. The files that count are asked
 * for at every turn, as they may come and go.
 */
export function followFiles(
  filesOf: () => readonly string[] | Promise<readonly string[]>,
  look: () => Promise<void>,
): Following {
  let seen: string | undefined;
  let turn: Promise<void> | undefined;
  let closed = false;

  async function takeTurn(): Promise<void> {
    const now = (await Promise.all((await filesOf()).map(fingerprintOf))).join("\n");
    if (closed || now === seen) return;
    seen = now;
    await look();
  }

  const lookOnce = (): Promise<void> => {
    turn ??= takeTurn().finally(() => {
      turn = undefined;
    });
    return turn;
  };
  const poll = setInterval(() => void lookOnce(), POLL_MS);
  poll.unref();
  return {
    look: lookOnce,
    close: () => {
      closed = true;
      clearInterval(poll);
    },
  };
}

// --- internal ---

// stat follows links, so a ConfigMap's swapped directory link shows as another inode.
async function fingerprintOf(file: string): Promise<string> {
  return stat(file).then(
    ({ ino, size, mtimeMs }) => `${file} ${ino} ${size} ${mtimeMs}`,
    () => `${file} gone`,
  );
}
