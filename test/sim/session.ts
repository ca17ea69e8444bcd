// A session of the target as our code holds it: statements are sent without waiting for the answers to those before, the server takes
// them one by one, and the answers come back in order. Between any two of these steps the world may do something else, or end it.

import type { Session } from "../../cdc/src/postgres/session.ts";
import { execute, mustWait, type Answer, type Request, type ServerSession } from "./target-sql.ts";
import type { Target } from "./target.ts";

export type TargetSession = {
  /** What our code holds. */
  session: Session;
  /** The server has something to do that does not wait for another session. */
  canExecute: () => boolean;
  execute: () => string;
  /** The server has answered something that the client does not know yet. */
  canAnswer: () => boolean;
  answer: () => void;
  /** The connection is gone. What had arrived at the server is still done by it, or not: see `isOver`. */
  cut: (clientHears: boolean, lost: number) => void;
  requests: () => number;
  isCut: () => boolean;
  /** Nothing more will happen here at the server; its open transaction is rolled back. */
  isOver: () => boolean;
  close: () => void;
};

type Sent = Request & { resolve: (answer: Answer) => void; reject: (error: Error) => void };
type Answered = { deliver: () => void; reject: (error: Error) => void };

export function createTargetSession(target: Target, onFailure: (error: unknown) => void): TargetSession {
  const server: ServerSession = { transaction: undefined };
  let sent: Sent[] = [];
  let answered: Answered[] = [];
  let cut = false;
  let hears = true;
  let over = false;

  const session = {
    query: (given: string | { text: string; values?: readonly unknown[] }, values: readonly unknown[] = []) =>
      new Promise<Answer>((resolve, reject) => {
        if (cut || over) {
          if (hears) reject(new Error("Connection terminated unexpectedly"));
          return;
        }
        const request =
          typeof given === "string" ? { text: given, values } : { text: given.text, values: given.values ?? [] };
        // A parameter's buffer is used again for the next statement, as soon as this one is on the wire.
        const onTheWire = request.values.map((value) => (Buffer.isBuffer(value) ? Buffer.from(value) : value));
        sent.push({ text: request.text, values: onTheWire, resolve, reject });
      }),
    end: () => {
      finish();
      return Promise.resolve();
    },
  };

  function finish(): void {
    if (server.transaction !== undefined) target.end(server.transaction, "rollback");
    server.transaction = undefined;
    sent = [];
    over = true;
  }

  return {
    session: session as unknown as Session,
    canExecute: () => sent[0] !== undefined && !over && !mustWait(target, server, sent[0]),
    execute() {
      const request = sent.shift() as Sent;
      try {
        const answer = execute(target, server, request);
        answered.push({ deliver: () => request.resolve(answer), reject: request.reject });
      } catch (error) {
        if (!(error instanceof Error && "code" in error)) onFailure(error);
        answered.push({ deliver: () => request.reject(error as Error), reject: request.reject });
      }
      return `the target does ${describe(request.text)}`;
    },
    canAnswer: () => answered.length > 0 && !cut,
    answer: () => {
      answered.shift()?.deliver();
    },
    cut(clientHears, lost) {
      if (cut) return;
      cut = true;
      hears = clientHears;
      // Also those that were done: their answers were on the way.
      const gone = [...answered, ...sent];
      answered = [];
      if (clientHears) {
        const error = new Error("Connection terminated unexpectedly");
        for (const each of gone) each.reject(error);
      }
      sent.splice(sent.length - Math.min(lost, sent.length));
    },
    requests: () => sent.length,
    isCut: () => cut,
    isOver: () => over,
    close: finish,
  };
}

/** A session that is answered at once and sees what is committed: for what happens before a stream goes on. */
export function lookingSession(target: Target): Session {
  const session = {
    query: (given: string | { text: string; values?: readonly unknown[] }, values: readonly unknown[] = []) => {
      const request =
        typeof given === "string" ? { text: given, values } : { text: given.text, values: given.values ?? [] };
      return Promise.resolve(execute(target, { transaction: undefined }, request));
    },
    end: () => Promise.resolve(),
  };
  return session as unknown as Session;
}

// --- internal ---

function describe(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
