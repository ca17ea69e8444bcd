// The receiving end of PostgreSQL's streaming replication, as the manual's chapter "Streaming Replication Protocol" gives it.
//
// Inside the copy-both stream the server sends "w" (log data: where it begins, where the log ends now, the server's clock, then
// one pgoutput message) and "k" (keepalive: where the log ends now, the clock, whether an answer is wanted at once). We send
// "r": what was received, what is durable, what is applied, our clock. The server forgets the log before "durable", so that
// field never names anything but work that the target has committed. What was only received is told in its own field, where
// it means nothing to anybody but a person who reads pg_stat_replication.
//
// A server that hears nothing for wal_sender_timeout (60 s by default) hangs up, so we also speak unasked. While the socket is
// paused we could not even hear the server ask; it reads our side all the same while it cannot write.

import type { Duplex } from "node:stream";
import { ProtocolError, SourceRefusedError } from "../errors.ts";
import { toPostgresUs, toUnixMs } from "../postgres/clock.ts";
import { formatLsn, type Lsn } from "../postgres/lsn.ts";
import { quoteName, quoteText } from "../postgres/quote.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import type { SpoolView } from "./assemble.ts";
import { createFrameReader } from "./frames.ts";
import type { ChangeSource } from "../run/change-source.ts";
import { createReadRhythm } from "./read-rhythm.ts";

export type LogReaderOptions = {
  /** A session opened with `replication`. The reader owns it from here on. */
  session: Session;
  slot: string;
  publication: string;
  /** The server's version, as server_version_num writes it. */
  serverVersion: number;
  /** Where the log is to begin; earlier if the slot begins earlier. */
  from: Lsn;
  /** Only what was written at the source itself, without what was applied to it from elsewhere. Servers before 16 send all of it. */
  localOnly?: boolean;
  /** One pgoutput message, at `bytes[start..end)`. The bytes are never overwritten, so they may be kept. */
  onMessage: (bytes: Buffer, start: number, end: number) => void;
  /** Everything committed before `logEnd` has been sent. */
  onKeepalive: (logEnd: Lsn) => void;
  /** See ChangeListener; left out, there is always hurry. */
  isBehind?: (() => boolean) | undefined;
};

/** The receiving end by itself: what it is told to confirm goes to the server as it is. */
export type LogReader = ChangeSource;

export type LogPositions = {
  /** The end of the log that was received. */
  received: Lsn;
  /** What the server was last told. */
  confirmed: Lsn;
  /** Where the source's log ended when the server last said so. */
  logEnd: Lsn;
  /** Our clock minus the source's, milliseconds; the way of a message included. */
  clockSkewMs: number;
  /** What is kept of transactions that are not to be told yet; undefined where the source has no such thing. */
  spooled?: SpoolView;
};

/** The newest protocol that a server of this version speaks: 3 until PostgreSQL 15, 4 since 16. */
export function protocolVersion(serverVersion: number): number {
  return serverVersion >= 160_000 ? 4 : 3;
}

/** Starts to read the slot's log. Throws SourceRefusedError with the server's own words when it says no. */
export async function startLogReader(options: LogReaderOptions): Promise<LogReader> {
  const heartbeatMs = await heartbeatOf(options.session);
  const socket = takeSocket(options.session);
  const started = deferred();
  const ended = deferred();
  // Whoever waits for the start hears of a failure there; nobody else is obliged to listen.
  ended.promise.catch(() => undefined);
  started.promise.catch(() => undefined);
  let received = options.from;
  let confirmed = options.from;
  let logEnd = options.from;
  let clockSkewMs = 0;
  // The header of the last log message. It is read when somebody asks: three 64-bit numbers for each message would cost more
  // than the message.
  let headerBytes: Buffer | undefined;
  let headerAt = 0;
  let closing = false;

  const fail = (error: Error) => {
    started.reject(error);
    if (closing) ended.resolve();
    else ended.reject(error);
    socket.destroy();
  };

  const readHeader = () => {
    if (headerBytes === undefined) return;
    const at = headerBytes.readBigUInt64BE(headerAt + 1);
    // Messages about tables carry no position of their own.
    if (at > received) received = at;
    logEnd = headerBytes.readBigUInt64BE(headerAt + 9);
    headerBytes = undefined;
  };

  const sendStatus = () => {
    readHeader();
    if (socket.writable) socket.write(statusUpdate(received, confirmed));
  };

  const takeData = (bytes: Buffer, start: number, end: number) => {
    const letter = bytes[start];
    if (letter === LOG_DATA) {
      headerBytes = bytes;
      headerAt = start;
      options.onMessage(bytes, start + 25, end);
    } else if (letter === KEEPALIVE) {
      readHeader();
      logEnd = bytes.readBigUInt64BE(start + 1);
      if (logEnd > received) received = logEnd;
      clockSkewMs = Date.now() - toUnixMs(bytes.readBigInt64BE(start + 9));
      options.onKeepalive(logEnd);
      if (bytes[start + 17] === 1) sendStatus();
    } else {
      throw new ProtocolError(`a copy message of kind "${String.fromCharCode(letter ?? 0)}"`);
    }
  };

  const readFrame = createFrameReader((type, bytes, start, end) => {
    switch (type) {
      case COPY_DATA:
        takeData(bytes, start, end);
        break;
      case COPY_BOTH:
        started.resolve();
        break;
      case ERROR:
        fail(readError(bytes, start, end));
        break;
      case COPY_DONE:
        fail(new SourceRefusedError("the server ended the stream", undefined));
        break;
      case NOTICE:
      case PARAMETER:
      case COMMAND_COMPLETE:
      case READY:
        break;
      default:
        throw new ProtocolError(`a message of kind "${String.fromCharCode(type)}"`);
    }
  });

  const rhythm = createReadRhythm(socket, options.isBehind ?? (() => false));
  socket.on("data", (chunk: Buffer) => {
    try {
      readFrame(chunk);
      rhythm.afterRead(chunk.length);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on("error", (cause) => fail(new SourceRefusedError(`the connection broke (${cause.message})`, "08006")));
  socket.on("close", () => fail(new SourceRefusedError("the connection was closed", "08006")));
  const heartbeat = setInterval(sendStatus, heartbeatMs);
  socket.once("close", () => clearInterval(heartbeat));

  socket.write(queryMessage(startCommand(options)));
  await started.promise;
  return {
    confirm: (applied) => {
      if (applied <= confirmed) return;
      confirmed = applied;
      if (received < applied) received = applied;
      sendStatus();
    },
    pause: rhythm.hold,
    resume: rhythm.release,
    positions: () => {
      readHeader();
      return { received, confirmed, logEnd, clockSkewMs };
    },
    ended: ended.promise,
    close: async () => {
      closing = true;
      sendStatus();
      socket.resume();
      await closeSession(options.session);
      socket.destroy();
      await ended.promise;
    },
  };
}

// --- internal ---

/** How often we speak unasked, at least. */
const HEARTBEAT_MS = 1_000;
const SHORTEST_HEARTBEAT_MS = 50;

const LOG_DATA = 0x77;
const KEEPALIVE = 0x6b;
const STATUS_UPDATE = 0x72;

const COPY_DATA = 0x64;
const COPY_BOTH = 0x57;
const COPY_DONE = 0x63;
const ERROR = 0x45;
const NOTICE = 0x4e;
const PARAMETER = 0x53;
const COMMAND_COMPLETE = 0x43;
const READY = 0x5a;

// The session is idle here, so that nothing is half read: node-postgres' parser is taken off and ours put on.
function takeSocket(session: Session): Duplex {
  const socket = session.connection.stream;
  socket.removeAllListeners("data");
  return socket;
}

// A server that gives up soon hears of us sooner: it may ask when half of its time is over, and we must not depend on hearing it.
async function heartbeatOf(session: Session): Promise<number> {
  const { rows } = await session.query<{ setting: string }>(
    "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'",
  );
  const timeoutMs = Number(rows[0]?.setting ?? 0);
  if (timeoutMs === 0) return HEARTBEAT_MS;
  return Math.max(SHORTEST_HEARTBEAT_MS, Math.min(HEARTBEAT_MS, Math.floor(timeoutMs / 4)));
}

function startCommand({ slot, publication, serverVersion, from, localOnly = false }: LogReaderOptions): string {
  const settings = {
    proto_version: String(protocolVersion(serverVersion)),
    publication_names: quoteName(publication),
    // Markers that somebody wrote into the log (pg_logical_emit_message) arrive in their place among the changes.
    messages: "true",
    // A transaction that outgrows the server's memory is sent while it still runs, instead of being written to the server's disk.
    streaming: "on",
    ...(localOnly && serverVersion >= 160_000 ? { origin: "none" } : {}),
  };
  const list = Object.entries(settings).map(([name, value]) => `${quoteName(name)} ${quoteText(value)}`);
  return `START_REPLICATION SLOT ${quoteName(slot)} LOGICAL ${formatLsn(from)} (${list.join(", ")})`;
}

function queryMessage(sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`);
  const message = Buffer.alloc(5 + text.length, "Q");
  message.writeUInt32BE(4 + text.length, 1);
  text.copy(message, 5);
  return message;
}

function statusUpdate(received: Lsn, applied: Lsn): Buffer {
  const message = Buffer.alloc(5 + 34);
  message[0] = COPY_DATA;
  message.writeUInt32BE(4 + 34, 1);
  message[5] = STATUS_UPDATE;
  message.writeBigUInt64BE(received, 6);
  message.writeBigUInt64BE(applied, 14);
  message.writeBigUInt64BE(applied, 22);
  message.writeBigInt64BE(toPostgresUs(Date.now()), 30);
  return message;
}

// Fields of one letter and a C string each, ended by a zero.
function readError(bytes: Buffer, start: number, end: number): SourceRefusedError {
  const fields = new Map<string, string>();
  for (let at = start; at < end && bytes[at] !== 0;) {
    const stop = bytes.indexOf(0, at + 1);
    fields.set(String.fromCharCode(bytes[at] ?? 0), bytes.toString("utf8", at + 1, stop));
    at = stop + 1;
  }
  return new SourceRefusedError(fields.get("M") ?? "no reason given", fields.get("C"));
}

function deferred() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { promise, resolve: () => resolve(), reject };
}
