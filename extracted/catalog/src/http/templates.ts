import path from "node:path";
import type { Express } from "express";
import { pageCount } from "../domain/page.ts";
import { formatDate, formatPrice, listUrl } from "./format.ts";

/** Sets the templates up: compiled once, with the functions they may call. */
export function useTemplates(app: Express): void {
  // Express loads the engine of this name itself.
  app.set("view engine", "ejs");
  app.set("views", path.resolve(import.meta.dirname, "../views"));
  app.enable("view cache");
  Object.assign(app.locals, { formatDate, formatPrice, listUrl, pageCount });
}
