import type { IncomingMessage } from "node:http";
import type { Explanation, Question } from "../../explain.ts";
import type { Control } from "../control.ts";
import type { AuditLogView } from "./pages/audit.ts";
import type { DashboardView } from "./view.ts";

/** What the dashboard needs of the control plane, and all that it can do. */
export type DashboardPorts = {
  view: () => Promise<DashboardView>;
  /** Throws the known errors of a change: a jump without force, routes that were changed meanwhile. */
  change: Control["change"];
  audit: (page: { before: number | undefined; verify: boolean }) => Promise<AuditLogView>;
  explain: (question: Question) => Promise<Explanation>;
  access: Access;
};

/** Who may look and who may change. Sessions, tokens and their cookies are kept elsewhere. */
export type Access = {
  whoIs: (request: IncomingMessage) => Caller;
  /** A token for a session; undefined when the token is none. */
  signIn: (request: IncomingMessage, token: string) => Promise<SignedIn | undefined>;
  /** Ends the session. The cookie that takes the browser's away. */
  signOut: (request: IncomingMessage) => string;
  /** Whether a form was sent from a page of ours by this session. */
  isOwnForm: (request: IncomingMessage, csrf: string) => boolean;
};

export type SignedIn = { setCookie: string };

export type Caller = {
  /** undefined while nobody is signed in. */
  name: string | undefined;
  mayLook: boolean;
  mayFlip: boolean;
  /** Whether there are tokens at all. */
  maySignIn: boolean;
  csrf: string;
};
