import type { Logger } from "@strangler/platform";
import type { Position } from "./mark.ts";
import { startStreamFollower, type StreamFollower, type StreamState } from "./stream-follower.ts";

/** The streams that the routes in force wait for. */
export type Streams = {
  /** Follows these from now on, and no others. */
  follow: (streams: ReadonlyMap<string, URL>) => void;
  appliedOf: (name: string) => Position | undefined;
  /** Where the source of each stream stands now; one that does not say so in time is missing. Never rejects. */
  sourcePositions: (names: readonly string[]) => Promise<Map<string, Position>>;
  states: () => StreamState[];
  close: () => Promise<void>;
};

export function createStreams(options: { token: string | undefined; log: Logger }): Streams {
  const followers = new Map<string, StreamFollower>();

  async function end(name: string): Promise<void> {
    const follower = followers.get(name);
    followers.delete(name);
    await follower?.close();
  }

  return {
    follow: (streams) => {
      for (const [name, { url }] of followers) if (streams.get(name)?.origin !== url) void end(name);
      for (const [name, url] of streams) {
        if (!followers.has(name)) followers.set(name, startStreamFollower({ name, url, ...options }));
      }
    },
    appliedOf: (name) => followers.get(name)?.applied(),
    sourcePositions: async (names) => {
      const asked = names.map(async (name) => [name, await followers.get(name)?.sourcePosition()] as const);
      const positions = new Map<string, Position>();
      for (const [name, position] of await Promise.all(asked))
        if (position !== undefined) positions.set(name, position);
      return positions;
    },
    states: () => [...followers.values()].map((follower) => follower.state()),
    close: async () => {
      await Promise.all([...followers.keys()].map(end));
    },
  };
}
