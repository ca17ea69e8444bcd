import { Agent as HttpAgent, type ClientRequest } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";

// Idle upstream connections are closed before the 5 s after which a Node server closes them: a request must not meet
// a connection that is just being closed.
const POOL = { keepAlive: true, maxSockets: 256, maxFreeSockets: 64, timeout: 4_000, scheduling: "lifo" } as const;

/** Pools of upstream connections by the origin's protocol. */
export function createAgents(): { readonly "http:": HttpAgent; readonly "https:": HttpsAgent } {
  return { "http:": watched(new HttpAgent(POOL)), "https:": watched(new HttpsAgent(POOL)) };
}

// --- internal ---

/**
 * Bytes on an idle connection are an answer that nobody asked for; the next request would take them for its own. node:http does
 * not look. These two methods are there to be replaced: they are called when a connection is put back, and when it is taken again.
 */
function watched<Agent extends HttpAgent>(agent: Agent): Agent {
  const keep: (socket: Duplex) => unknown = agent.keepSocketAlive.bind(agent);
  const reuse = agent.reuseSocket.bind(agent);
  return Object.assign(agent, {
    keepSocketAlive: (socket: Duplex) => {
      if (socket.readableLength > 0 || !keep(socket)) return false;
      socket.on("data", destroyReader);
      return true;
    },
    reuseSocket: (socket: Duplex, request: ClientRequest) => {
      socket.off("data", destroyReader);
      reuse(socket, request);
    },
  });
}

function destroyReader(this: Duplex): void {
  this.destroy();
}
