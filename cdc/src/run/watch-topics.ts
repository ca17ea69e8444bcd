import { currentPosition } from "../capture/slot.ts";
import { StreamNotFollowingError } from "../errors.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import type { SourceWatch } from "./watch-source.ts";

/** Beside the topics of our own publisher: only where the source's log ends, when somebody asks. */
export async function watchOwnSource(open: () => Promise<Session>): Promise<SourceWatch> {
  let session: Promise<Session> | undefined;
  return {
    view: () => ({ logEnd: 0n, slot: undefined }),
    position: async () => {
      session ??= open();
      try {
        return await currentPosition(await session);
      } catch (error) {
        session = undefined;
        throw error;
      }
    },
    close: async () => {
      await session?.then(closeSession, () => undefined);
    },
  };
}

/** Beside the topics of a connector: its source may be any database. */
export function watchNothing(stream: string): () => Promise<SourceWatch> {
  return () =>
    Promise.resolve({
      view: () => ({ logEnd: 0n, slot: undefined }),
      position: () => Promise.reject(new StreamNotFollowingError(stream, "following topics whose source is not asked")),
      close: () => Promise.resolve(),
    });
}
