import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Exchange } from "../exchange.ts";
import { writeAllNow } from "./burst.ts";
import { LaneReply } from "./lane-reply.ts";
import { parseOrdinaryRequest } from "./request.ts";
import { WireExchange, type WireUpstreams } from "./wire-exchange.ts";

export type LaneTimes = { headersWithinMs: number; keepAliveMs: number; headerBytes: number };

/** Stands before node:http on the same server: serves ordinary requests, and hands a connection over at the first other one. */
export type Lane = {
  /** Connections that wait for a request are closed, all others after their answer. */
  drain: () => void;
  /** Ends every connection of the lane. */
  closeAll: () => void;
};

export type LaneOptions = {
  server: Server;
  /** "secureConnection" with TLS. */
  event: "connection" | "secureConnection";
  serve: (exchange: Exchange) => void;
  upstreams: WireUpstreams;
  times: LaneTimes;
};

/** Takes the server's connections from node:http. */
export function createLane({ server, event, serve, upstreams, times }: LaneOptions): Lane {
  const listeners = server.listeners(event) as ((socket: Socket) => void)[];
  const connections = new Set<LaneConnection>();
  let draining = false;
  const handOver = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
  server.removeAllListeners(event);
  server.on(event, (socket: Socket) => {
    const connection = new LaneConnection({ socket, serve, upstreams, times, handOver, isDraining: () => draining });
    connections.add(connection);
    connection.onLeave = () => connections.delete(connection);
  });
  return {
    drain: () => {
      draining = true;
      writeAllNow();
      for (const connection of connections) connection.closeIfIdle();
    },
    closeAll: () => {
      for (const connection of connections) connection.destroy();
    },
  };
}

// --- internal ---

type LaneConnectionOptions = Pick<LaneOptions, "serve" | "upstreams" | "times"> & {
  socket: Socket;
  handOver: (socket: Socket) => void;
  isDraining: () => boolean;
};

/** One customer's connection. A class, because it lives long and every request passes through it. */
class LaneConnection {
  onLeave: () => void = () => undefined;
  readonly #options: LaneConnectionOptions;
  readonly #socket: Socket;
  #exchange: WireExchange | undefined;
  #reply: LaneReply | undefined;
  /** Bytes that came while a request was being answered. */
  #next: Buffer | undefined;
  #left = false;

  readonly #onData = (piece: Buffer) => this.#take(piece);
  readonly #onEnd = () => this.#customerEnded();
  readonly #onClose = () => this.#closed();
  readonly #onTimeout = () => (this.#exchange === undefined ? this.#socket.destroy() : undefined);
  readonly #onError = () => this.#socket.destroy();

  constructor(options: LaneConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#socket.setTimeout(options.times.headersWithinMs);
    this.#socket.on("data", this.#onData);
    this.#socket.on("end", this.#onEnd);
    this.#socket.on("close", this.#onClose);
    this.#socket.on("timeout", this.#onTimeout);
    this.#socket.on("error", this.#onError);
  }

  closeIfIdle(): void {
    if (this.#exchange === undefined) this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(piece: Buffer): void {
    if (this.#exchange !== undefined) {
      // A pipelined request waits in the system's buffer, all but the piece that is here already.
      this.#next = this.#next === undefined ? piece : Buffer.concat([this.#next, piece]);
      this.#socket.pause();
      return;
    }
    const { serve, upstreams, times } = this.#options;
    const head = isWhole(piece, times.headerBytes) && parseOrdinaryRequest(piece.toString("latin1"), this.#socket);
    if (!head) {
      this.#handOver(piece);
      return;
    }
    const reply = new LaneReply(this.#socket, head.method ?? "", () => this.#answered());
    reply.last = asksToClose(head.headers.connection);
    const exchange = new WireExchange(head.method ?? "", reply, upstreams);
    this.#reply = reply;
    this.#exchange = exchange;
    serve({ head, reply, send: (target, passage) => exchange.send(target, passage) });
  }

  #answered(): void {
    const last = this.#reply?.last === true || this.#options.isDraining();
    this.#exchange = undefined;
    this.#reply = undefined;
    if (last) {
      writeAllNow();
      this.#socket.end();
      return;
    }
    this.#socket.setTimeout(this.#options.times.keepAliveMs);
    const next = this.#next;
    if (next === undefined) return;
    this.#next = undefined;
    // Not from within the answer: a thousand pipelined requests would stand on the stack.
    setImmediate(() => {
      if (this.#socket.destroyed) return;
      this.#socket.resume();
      this.#take(next);
    });
  }

  #customerEnded(): void {
    // A customer who ends her side in the middle of an answer has left, as with node:http.
    writeAllNow();
    if (this.#exchange === undefined) this.#socket.end();
    else this.#socket.destroy();
  }

  #closed(): void {
    this.#leave();
    this.#exchange?.abandon();
    this.#reply?.destroy();
  }

  #handOver(piece: Buffer): void {
    this.#leave();
    writeAllNow();
    const socket = this.#socket;
    socket.setTimeout(0);
    socket.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    socket.off("timeout", this.#onTimeout).off("error", this.#onError);
    socket.pause();
    socket.unshift(piece);
    this.#options.handOver(socket);
    socket.resume();
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.onLeave();
  }
}

function asksToClose(connection: string | undefined): boolean {
  return connection !== undefined && /(?:^|[\t ,])close(?:$|[\t ,])/i.test(connection);
}

// The header of one request and nothing else: CR LF CR LF stand at the end, and nowhere before it.
function isWhole(piece: Buffer, headerBytes: number): boolean {
  const { length } = piece;
  return (
    length >= 18 &&
    length <= headerBytes &&
    piece[length - 1] === 10 &&
    piece[length - 2] === 13 &&
    piece[length - 3] === 10 &&
    piece[length - 4] === 13
  );
}
