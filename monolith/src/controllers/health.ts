import { Router } from "express";
import { db } from "../lib/db.ts";
import { Problem } from "../lib/problem.ts";

/** /livez: the process answers. /readyz: it can serve, which needs the database, and is not about to stop. */
export function createHealthRouter(isStopping: () => boolean): Router {
  const router = Router();
  router.get("/livez", (_request, response) => {
    response.json({ status: "ok" });
  });
  router.get("/readyz", async (_request, response) => {
    if (isStopping()) throw new Problem(503, "The shop is about to stop.");
    await db.raw("SELECT 1");
    response.json({ status: "ok" });
  });
  return router;
}
