import type { ClassCode, FunctionCode } from "../../routing-code.ts";
import type { Symbols } from "../symbols.ts";
import type { Network } from "./network.ts";
import type { SharedInstances } from "./shared-instances.ts";
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
  /** Instances being constructed, the innermost last. */
  constructing: Instance[];
  shared: SharedInstances;
  /** What instances were made with, as long as nothing was set on them since. */
  sameAs: WeakMap<Instance, string>;
  /** Short names of classes and of what instances were made with. */
  numbers: Map<ClassValue | string, number>;
  /** Counts what happened beyond the values that calls gave back, and what was asked of files not yet loaded. */
  effects: number;
  /** Functions that something called, or that answer requests. */
  called: Set<FunctionCode>;
  /** Functions that were run for a trial. */
  tried: Set<FunctionCode>;
  /** Functions that are being run. */
  stack: FunctionCode[];
  trial: FunctionCode | null;
  /** Files that are being loaded. */
  loading: Set<string>;
  /** Steps that setting up all routes may take. */
  most: number;
  /** Steps left: code that goes on for ever ends here. */
  budget: number;
  /** The file in which the last step was taken, where they did not suffice. */
  endedIn: string | null;
};

/** `index` is the position of the import in its file. */
export type ImportedAs = { index: number; specifier: string; name: string };

/** A file that was loaded. `module` holds `exports`, so that both can be given another value. */
export type Module = { file: string; env: Env; module: RecordValue; exports: RecordValue };

/** Takes one step. False where none is left; `file` is then where it would have been, if it is the first. */
export function takeStep(play: Play, file: string): boolean {
  if (play.budget-- > 0) return true;
  play.endedIn ??= file;
  return false;
}

/** Together ten times what the largest applications seen need. */
const LEAST_STEPS = 200_000;
const STEPS_PER_FILE = 100;

export function createPlay(symbols: Symbols): Play {
  const most = LEAST_STEPS + STEPS_PER_FILE * symbols.files.size;
  return {
    symbols,
    network: { routers: [], edges: [], routes: [] },
    modules: new Map(),
    imports: new Map(),
    nestApps: [],
    closures: new Map(),
    classes: new Map(),
    instances: new Map(),
    constructing: [],
    shared: new Map(),
    sameAs: new WeakMap(),
    numbers: new Map(),
    effects: 0,
    called: new Set(),
    tried: new Set(),
    stack: [],
    trial: null,
    loading: new Set(),
    most,
    budget: most,
    endedIn: null,
  };
}
