import type { Session } from "../postgres/session.ts";

/**
 * What a stop does to a session's transaction that does not end, because somebody holds a lock it needs: `patienceMs` after `begin` it is
 * left to the server to undo. `end` takes that back.
 */
export function abandonAfter(session: Session, patienceMs: number): { begin: () => void; end: () => void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: () => {
      timer = setTimeout(() => session.connection.stream.destroy(), patienceMs);
    },
    end: () => clearTimeout(timer),
  };
}
