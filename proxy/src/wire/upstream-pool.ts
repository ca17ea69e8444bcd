import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { serverNameOf } from "../tls/server-name.ts";
import { UpstreamConnection, type Asker, type Owner } from "./upstream-connection.ts";

// Idle connections are closed before the 5 s after which a Node server closes them: a request must not meet a connection that
// is just being closed.
const IDLE_MS = 4_000;
const MOST_CONNECTIONS = 256;

type Idle = { connection: UpstreamConnection; since: number };
type Waiting = { asker: Asker; header: string; onConnection: (connection: UpstreamConnection) => void };

/**
 * Connections to one origin: the one used last is taken first, and no more than 256 are open. What comes beyond that waits. A
 * connection that has been used rests until the sockets have been looked at once more: bytes that an upstream sends behind its answer
 * come to light then, while they cannot be taken for the answer to somebody else's request.
 */
export class UpstreamPool implements Owner {
  readonly #origin: URL;
  readonly #silenceMs: number;
  readonly #idle: Idle[] = [];
  /** Released in this turn of the event loop; and in the one before. */
  #fresh: UpstreamConnection[] = [];
  #resting: UpstreamConnection[] = [];
  readonly #open = new Set<UpstreamConnection>();
  readonly #waiting = new Set<Waiting>();

  constructor(origin: URL, silenceMs: number) {
    this.#origin = origin;
    this.#silenceMs = silenceMs;
  }

  /** Sends a request on an idle connection, else on a new one. Answers a function that takes the request back while it waits. */
  ask(
    asker: Asker,
    header: string,
    fresh: boolean,
    onConnection: (connection: UpstreamConnection) => void,
  ): (() => void) | undefined {
    const connection = (fresh ? undefined : this.#idle.pop()?.connection) ?? this.#connect();
    if (connection !== undefined) {
      onConnection(connection);
      connection.ask(asker, header);
      return undefined;
    }
    const waiting = { asker, header, onConnection };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  release(connection: UpstreamConnection): void {
    this.#fresh.push(connection);
    if (this.#fresh.length === 1 && this.#resting.length === 0) setImmediate(() => this.#turn());
  }

  forget(connection: UpstreamConnection): void {
    this.#open.delete(connection);
    const at = this.#idle.findIndex((idle) => idle.connection === connection);
    if (at !== -1) this.#idle.splice(at, 1);
    if (this.#waiting.size === 0) return;
    const next = this.#connect();
    if (next !== undefined) this.#serveNext(next);
  }

  /** Closes what has been idle for too long. The oldest stand first. */
  sweep(now: number): void {
    while (this.#idle[0] !== undefined && now - this.#idle[0].since > IDLE_MS) this.#idle.shift()?.connection.destroy();
  }

  close(): void {
    for (const connection of this.#open) connection.destroy();
  }

  // Releases happen while sockets are read, and this runs right after: only in the turn after that have all of them been read again.
  #turn(): void {
    const since = performance.now();
    for (const connection of this.#resting) {
      if (!this.#open.has(connection)) continue;
      if (this.#waiting.size > 0) this.#serveNext(connection);
      else this.#idle.push({ connection, since });
    }
    this.#resting = this.#fresh;
    this.#fresh = [];
    if (this.#resting.length > 0) setImmediate(() => this.#turn());
  }

  #serveNext(connection: UpstreamConnection): void {
    for (const waiting of this.#waiting) {
      this.#waiting.delete(waiting);
      waiting.onConnection(connection);
      connection.ask(waiting.asker, waiting.header);
      return;
    }
    this.#idle.push({ connection, since: performance.now() });
  }

  #connect(): UpstreamConnection | undefined {
    if (this.#open.size >= MOST_CONNECTIONS) return undefined;
    const connection = new UpstreamConnection(this, this.#silenceMs);
    connection.attach(openSocket(this.#origin, (piece) => connection.take(piece)));
    this.#open.add(connection);
    return connection;
  }
}

// --- internal ---

// All upstreams are read into one piece of memory: a piece is looked at, and passed on or copied, before the next one is read.
// Without it every read would allocate 64 KiB.
const READ_INTO = Buffer.allocUnsafeSlow(65_536);

function openSocket({ protocol, hostname, port }: URL, take: (piece: Buffer) => void): Socket {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "https:") {
    const callback = (bytes: number) => {
      take(READ_INTO.subarray(0, bytes));
      return true;
    };
    return connect({ host, port: Number(port || 80), noDelay: true, onread: { buffer: READ_INTO, callback } });
  }
  const socket = connectTls({
    host,
    port: Number(port || 443),
    servername: serverNameOf({ hostname }),
    ALPNProtocols: ["http/1.1"],
  });
  return socket.setNoDelay(true).on("data", take);
}
