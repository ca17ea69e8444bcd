import { setFlagsFromString } from "node:v8";
import { loadModule } from "libpg-query";

/**
 * Loads PostgreSQL's own parser and keeps it as V8's baseline compiler leaves it. One function of it is so large that
 * optimizing it takes 450 MB and a second of another core, which no code base has enough SQL to repay. How long V8
 * waits is fixed when a module is loaded, so that nothing else in the process is affected.
 */
export async function loadParser(): Promise<void> {
  setFlagsFromString("--wasm-tiering-budget=2000000000");
  try {
    await loadModule();
  } finally {
    setFlagsFromString("--wasm-tiering-budget=13000000"); // what it is in the V8 of Node 24
  }
}
