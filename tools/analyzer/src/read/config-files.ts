import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Configuration by path relative to the analysed folder. Remembers every question, so that a cache can ask it again. */
export type ConfigFiles = {
  /** Throws where the file cannot be read. */
  read(path: string): string;
  exists(path: string): boolean;
  /** Every path that was asked for, whether it was there or not, sorted. */
  asked(): string[];
};

export function createConfigFiles(root: string): ConfigFiles {
  const asked = new Set<string>();
  return {
    read: (path) => {
      asked.add(path);
      return readFileSync(join(root, path), "utf8").replace(/^\uFEFF/, "");
    },
    exists: (path) => {
      asked.add(path);
      return existsSync(join(root, path));
    },
    asked: () => [...asked].sort(),
  };
}
