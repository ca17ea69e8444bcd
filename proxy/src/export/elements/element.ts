import type { RouteEntry, RoutesDocument } from "../../routes/schema.ts";
import { EXPORT_ENGINES, type ExportEngine } from "../engines.ts";

/** What becomes of an element in one engine. */
export type Verdict =
  | { readonly how: "expressed"; readonly by: string }
  | { readonly how: "approximated" | "lost"; readonly why: string; readonly whatToDo: string };

/** Something that this proxy does because the routes file says so, or always. */
export type Element = {
  readonly name: string;
  /** What it does here, in half a sentence. */
  readonly does: string;
  /** The fields of the routes file that it gives an account of, with everything below them. `*` is any name, `[]` any entry. */
  readonly fields: readonly string[];
  /** The routes of the file that it concerns, by id; null stands for all of them. */
  readonly concerns: (document: RoutesDocument) => readonly (string | null)[];
  readonly on: Readonly<Record<ExportEngine, Verdict>>;
};

export function expressed(by: string): Verdict {
  return { how: "expressed", by };
}

export function approximated(why: string, whatToDo: string): Verdict {
  return { how: "approximated", why, whatToDo };
}

export function lost(why: string, whatToDo: string): Verdict {
  return { how: "lost", why, whatToDo };
}

/** The same verdict in every engine. */
export function everywhere(verdict: Verdict): Element["on"] {
  return Object.fromEntries(EXPORT_ENGINES.map((engine) => [engine, verdict])) as Record<ExportEngine, Verdict>;
}

/** Concerns all routes, in every file. */
export function always(): readonly null[] {
  return [null];
}

/** Concerns all routes of a file that says so. */
export function inFile(says: (document: RoutesDocument) => boolean): Element["concerns"] {
  return (document) => (says(document) ? [null] : []);
}

/** Concerns the routes that say so. */
export function inRoutes(says: (route: RouteEntry, document: RoutesDocument) => boolean): Element["concerns"] {
  return (document) => document.routes.filter((route) => says(route, document)).map(({ id }) => id);
}

/** Concerns all routes of a file with a service that says so. */
export function inServices(says: (service: RoutesDocument["services"][string]) => boolean): Element["concerns"] {
  return inFile(({ services }) => Object.values(services).some(says));
}
