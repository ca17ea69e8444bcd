import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { drain as drainServer, errorCode } from "@strangler/platform";
import type { Engine } from "./forward/engine.ts";
import { answerOnSocket } from "./guard/answer.ts";
import { clientErrorAnswer } from "./guard/client-error.ts";
import { limitConnections } from "./guard/connections-per-address.ts";
import { endsWithLastReply, hasBegun, rememberReply } from "./guard/last-reply.ts";
import { createRefusals } from "./guard/refusals.ts";
import { beginsWebSocket } from "./guard/websocket.ts";
import { exchangeOf } from "./node-exchange.ts";
import { createRequestServer, type ServeOptions } from "./serve-request.ts";
import { createUpgradeServer } from "./serve-upgrade.ts";
import { createEdgeServer, type EdgeTls } from "./tls/edge-tls.ts";
import { createTripPlanner, type TripPlannerOptions } from "./trip.ts";
import { createOpenUpgrades, type OpenUpgrades } from "./upgrades/open-upgrades.ts";

export type FrontOptions = TripPlannerOptions &
  Omit<ServeOptions, "planTrip" | "refusals" | "isDraining" | "onAnswered"> & {
    engine: Engine;
    /** undefined: customers are spoken to without TLS. */
    tls?: EdgeTls | undefined;
  };

export type Front = {
  server: Server;
  /** Requests that the proxy answered itself because they were not fit to be passed on, by status. */
  refusals: ReadonlyMap<number, number>;
  upgrades: OpenUpgrades;
  /** Takes no new connections, lets open requests finish, ends what is left after `drainMs`. */
  drain: (drainMs: number) => Promise<void>;
};

/** The server that customers meet. */
export function createFront(options: FrontOptions): Front {
  const { engine, tls, limits } = options;
  const refusals = createRefusals();
  const upgrades = createOpenUpgrades();
  const planTrip = createTripPlanner(options);
  let draining = false;

  const server = createEdgeServer(tls, {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersWithinMs,
    requestTimeout: limits.requestWithinMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersWithinMs),
    insecureHTTPParser: false,
    // The guard looks at Host itself, and answers with problem details.
    requireHostHeader: false,
    shouldUpgradeCallback: beginsWebSocket,
  });
  // The guard counts the fields itself: node:http would leave those above its count out, and say nothing.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  // A customer who takes nothing more of her answer holds its bytes, and an upstream's connection, for no longer than this.
  server.timeout = limits.silenceMs;

  const requests = createRequestServer({
    ...options,
    ...{ planTrip, refusals },
    isDraining: () => draining,
    onAnswered: () => server.closeIdleConnections(),
  });
  const carry = (request: IncomingMessage, response: ServerResponse) => {
    rememberReply(request, response);
    requests.serve(exchangeOf(engine, request, response));
  };
  server.on("request", carry);
  // The upstream is asked whether it wants the body; its `100 Continue` comes by the passage.
  server.on("checkContinue", carry);
  server.on("checkExpectation", (_request: IncomingMessage, response: ServerResponse) => {
    const detail = "The only expectation understood here is 100-continue.";
    requests.refuse(response, { status: 417, title: "Expectation Failed", detail, close: true });
  });
  server.on("upgrade", createUpgradeServer({ ...options, planTrip, refusals, upgrades }));
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    refusals.count(405);
    socket.on("error", () => socket.destroy());
    answerOnSocket(socket, { status: 405, title: "Method Not Allowed", detail: "CONNECT is not passed on." });
  });
  server.on("clientError", (error: Error, socket: Duplex) => {
    if (endsWithLastReply(socket)) return;
    // Bytes of an answer are on their way: more would be read as part of it.
    if (errorCode(error) === "ECONNRESET" || hasBegun(socket)) {
      socket.destroy();
      return;
    }
    const answer = clientErrorAnswer(error);
    refusals.count(answer.status);
    answerOnSocket(socket, answer);
  });

  const event = tls === undefined ? "connection" : "secureConnection";
  const lane = engine.openLane?.({ server, event, serve: requests.serve, times: limits });
  // After the lane, which has taken the listeners that were there before.
  limitConnections(server, limits.connectionsPerAddress, options.isTrusted);

  return {
    server,
    refusals: refusals.all(),
    upgrades,
    drain: async (drainMs) => {
      draining = true;
      const deadline = setTimeout(() => {
        upgrades.closeAll();
        lane?.closeAll();
      }, drainMs);
      lane?.drain();
      await drainServer(server, drainMs);
      clearTimeout(deadline);
    },
  };
}
