import type { Logger } from "@strangler/platform";
import type { Express } from "express";
import type { Database } from "../store/database.ts";
import { answerNotFound, answerProblems } from "./answer-problems.ts";
import { apiRoutes } from "./api.ts";
import { openApiRoute } from "./open-api.ts";
import { pageRoutes } from "./pages.ts";
import { setSecurityHeaders } from "./security-headers.ts";
import { useTemplates } from "./templates.ts";

/** Everything that the catalog answers. */
export function addRoutes(app: Express, database: Database, log: Logger): void {
  useTemplates(app);
  app.use(setSecurityHeaders);
  app.use(openApiRoute(), apiRoutes(database), pageRoutes(database));
  app.use(answerNotFound, answerProblems(log));
}
