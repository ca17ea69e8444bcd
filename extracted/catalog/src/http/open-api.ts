import path from "node:path";
import { Router } from "express";

/** The description that tests hold every request and answer against. */
export const OPEN_API_FILE = path.resolve(import.meta.dirname, "../../openapi.json");

export function openApiRoute(): Router {
  const router = Router();
  router.get("/openapi.json", (_request, response) => response.sendFile(OPEN_API_FILE));
  return router;
}
