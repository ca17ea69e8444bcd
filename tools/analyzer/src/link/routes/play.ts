import type { ClassCode, FunctionCode } from "../../routing-code.ts";
import type { Symbols } from "../symbols.ts";
import type { Network } from "./network.ts";
import type { Callable, ClassValue, Env, Instance, NestApp, RecordValue } from "./values.ts";

/** The state of playing the routing code of all files through. */
export type Play = {
  symbols: Symbols;
  network: Network;
  modules: Map<string, Module | null>;
  /** Of every file that was asked, what its imports are called there. */
  imports: Map<string, ReadonlyMap<string, ImportedAs>>;
  nestApps: NestApp[];
  /** Every function that came to be, with the surroundings it was first seen in; in that order. */
  closures: Map<FunctionCode, Callable>;
  classes: Map<ClassCode, ClassValue>;
  instances: Map<ClassCode, Instance>;
  /** Functions that something called, or that answer requests. */
  called: Set<FunctionCode>;
  /** Functions that were run for a trial. */
  tried: Set<FunctionCode>;
  /** Functions that are being run. */
  stack: FunctionCode[];
  trial: FunctionCode | null;
  /** Steps left: code that goes on for ever ends here. */
  budget: number;
  /** The file in which the last step was taken, where they did not suffice. */
  endedIn: string | null;
};

/** `index` is the position of the import in its file. */
export type ImportedAs = { index: number; specifier: string; name: string };

/** A file that was loaded. `module` holds `exports`, so that both can be given another value. */
export type Module = { file: string; env: Env; module: RecordValue; exports: RecordValue };

/** Ten times what the largest applications seen need. */
export const MOST_STEPS = 200_000;

export function createPlay(symbols: Symbols): Play {
  return {
    symbols,
    network: { routers: [], edges: [], routes: [] },
    modules: new Map(),
    imports: new Map(),
    nestApps: [],
    closures: new Map(),
    classes: new Map(),
    instances: new Map(),
    called: new Set(),
    tried: new Set(),
    stack: [],
    trial: null,
    budget: MOST_STEPS,
    endedIn: null,
  };
}
