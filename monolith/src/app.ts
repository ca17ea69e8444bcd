import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { accounts } from "./controllers/accounts.ts";
import { createAssetsRouter } from "./controllers/assets.ts";
import { cart } from "./controllers/cart.ts";
import { catalog } from "./controllers/catalog.ts";
import { checkout } from "./controllers/checkout.ts";
import { createHealthRouter } from "./controllers/health.ts";
import { home } from "./controllers/home.ts";
import { orders } from "./controllers/orders.ts";
import { answerNotFound, answerProblem } from "./controllers/problems.ts";
import { reports } from "./controllers/reports.ts";
import { reviews } from "./controllers/reviews.ts";
import { refuseForeignOrigins, requireJson } from "./controllers/same-origin.ts";
import { startSchedule } from "./jobs/schedule.ts";
import { createCardGateway, type GatewayOptions } from "./lib/card-gateway.ts";
import { connectDatabase } from "./lib/db.ts";
import { formatDate, formatPrice, listUrl } from "./lib/format.ts";
import { log } from "./lib/log.ts";
import { pageCount } from "./lib/paging.ts";
import { openShop } from "./lib/shop.ts";

export type MonolithOptions = {
  databaseUrl: string;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  card: GatewayOptions & { timeoutMs: number };
  /** Without jobs nothing is written that no request asked for. */
  jobs: boolean;
  /** How long open requests may still take after `close()`. */
  drainMs?: number;
};

export type Monolith = { url: string; port: number; close: () => Promise<void> };

/** Opens the shop. The database may still be away: /readyz says so until it is there. */
export async function startMonolith(options: MonolithOptions): Promise<Monolith> {
  const { host, card, drainMs = 10_000 } = options;
  const database = connectDatabase(options.databaseUrl);
  openShop({ gateway: createCardGateway(card), cardTimeoutMs: card.timeoutMs });
  let stopping = false;

  const server = createServer(createApp(() => stopping));
  server.listen(options.port, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const schedule = options.jobs ? startSchedule() : undefined;
  log.info("the shop is open", { url: `http://${host}:${port}` });
  return {
    url: `http://${host}:${port}`,
    port,
    close: async () => {
      stopping = true;
      await Promise.all([drain(server, drainMs), schedule?.close()]);
      await database.destroy();
      log.info("the shop is closed");
    },
  };
}

// --- internal ---

function createApp(isStopping: () => boolean): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("views", `${import.meta.dirname}/views`);
  app.set("view engine", "ejs");
  app.enable("view cache");
  Object.assign(app.locals, { formatPrice, formatDate, listUrl, pageCount });

  app.use(logRequests, setSecurityHeaders);
  app.use(createHealthRouter(isStopping));
  app.use(createAssetsRouter(`${import.meta.dirname}/public`, `${import.meta.dirname}/pictures`));
  app.use(refuseForeignOrigins);
  app.use("/api", requireJson);
  app.use(express.json({ limit: "50kb" }), express.urlencoded({ extended: false, limit: "50kb" }));
  app.use(home, catalog, reviews, cart, checkout, orders, accounts, reports);
  app.use(answerNotFound, answerProblem);
  return app;
}

const logRequests: express.RequestHandler = (request, response, next) => {
  const startedAt = performance.now();
  response.once("close", () => {
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    log.debug("request", { method: request.method, path: request.path, status: response.statusCode, durationMs });
  });
  next();
};

const setSecurityHeaders: express.RequestHandler = (_request, response, next) => {
  response.set({
    "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  });
  next();
};

/** Takes no new connections, lets open requests finish, then ends what is left. */
async function drain(server: Server, drainMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(deadline);
}
