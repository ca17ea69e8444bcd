import { defaultCacheFolder } from "../read/cache/cache-folder.ts";

/** What every command that reads code understands. False for `--no-cache`. */
export type CacheArguments = { cache?: string | false | undefined };

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
  if (cache === false) return undefined;
  return cache ?? defaultCacheFolder(process.env);
}
