// One end of a connection as node-postgres hands it to the log's reader, and the way between it and the server. Bytes that were
// sent are on their way until the schedule delivers them, in pieces cut anywhere; when the connection is cut they are gone.

type Listener = (...given: unknown[]) => void;

export type Link = {
  /** What the client holds. */
  socket: object;
  /** The server sends. */
  send: (bytes: Buffer) => void;
  /** Bytes on their way to the client that it is ready to take. */
  deliverable: () => number;
  deliver: (bytes: number) => void;
  /** What the client has sent and the server has not read. */
  takeSent: () => Buffer[];
  hasSent: () => boolean;
  /** The connection breaks. A client that was killed does not hear of it. */
  cut: (clientHears: boolean) => void;
  /** Neither end will hear of the other again. */
  isCut: () => boolean;
  /** The client has said goodbye. */
  end: () => void;
  isEnded: () => boolean;
  isPaused: () => boolean;
};

export function createLink(): Link {
  const listeners = new Map<string, Set<Listener>>();
  let toClient: Buffer[] = [];
  let toServer: Buffer[] = [];
  let paused = false;
  let cut = false;
  let ended = false;

  const emit = (event: string, ...given: unknown[]) => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(...given);
  };
  const sayClosed = () => {
    emit("close");
    listeners.clear();
  };
  const on = (event: string, listener: Listener) => {
    const known = listeners.get(event);
    if (known === undefined) listeners.set(event, new Set([listener]));
    else known.add(listener);
    return socket;
  };
  const socket = {
    on,
    once: on,
    off: (event: string, listener: Listener) => listeners.get(event)?.delete(listener),
    removeAllListeners: (event: string) => listeners.delete(event),
    removeListener: (event: string, listener: Listener) => listeners.get(event)?.delete(listener),
    write(bytes: Buffer) {
      if (!cut && !ended) toServer.push(Buffer.from(bytes));
      return true;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
    },
    destroy() {
      cut = true;
      queueMicrotask(sayClosed);
    },
    get writable() {
      return !cut && !ended;
    },
    get destroyed() {
      return cut;
    },
  };
  return {
    socket,
    send: (bytes) => {
      if (!cut) toClient.push(bytes);
    },
    deliverable: () => (paused || cut ? 0 : toClient.reduce((sum, { length }) => sum + length, 0)),
    deliver(bytes) {
      const all = Buffer.concat(toClient);
      toClient = bytes < all.length ? [all.subarray(bytes)] : [];
      // Of its own, as a socket's chunk is: whoever keeps a part of it keeps nothing else alive.
      emit("data", Buffer.from(all.subarray(0, bytes)));
    },
    takeSent() {
      const sent = toServer;
      toServer = [];
      return sent;
    },
    hasSent: () => toServer.length > 0,
    cut(clientHears) {
      toClient = [];
      cut = true;
      if (clientHears) sayClosed();
      else listeners.clear();
    },
    isCut: () => cut,
    end: () => {
      ended = true;
      queueMicrotask(sayClosed);
    },
    isEnded: () => ended,
    isPaused: () => paused,
  };
}
