import { defaultCacheFolder } from "../read/cache/cache-folder.ts";

/** What every command that reads code understands. False for `--no-cache`; a list where it was said more than once. */
export type CacheArguments = { cache?: Given | Given[] | undefined };

type Given = string | false;

export const CACHE_OPTION = {
  cache: {
    type: "string",
    describe: "Folder for what was read before, if not the one of the user; --no-cache reads everything anew",
    defaultDescription: "~/.cache/strangler/analyzer",
    requiresArg: true,
  },
} as const;

/** The folder to keep readings in, or undefined to keep none. */
export function cacheFolder({ cache }: CacheArguments): string | undefined {
  const last = Array.isArray(cache) ? cache.at(-1) : cache;
  return last === false ? undefined : (last ?? defaultCacheFolder(process.env));
}
