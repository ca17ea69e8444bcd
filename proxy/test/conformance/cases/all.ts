import type { Case } from "../case.ts";
import { BODIES } from "./bodies.ts";
import { CONNECTIONS } from "./connections.ts";
import { FIELDS } from "./fields.ts";
import { FRAMING } from "./framing.ts";
import { HOSTS } from "./hosts.ts";
import { LYING_UPSTREAMS } from "./lying-upstreams.ts";
import { REQUEST_LINES } from "./request-lines.ts";
import { TARGETS } from "./targets.ts";

/** The whole suite, by what it is about. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  "the request line": REQUEST_LINES,
  "the target": TARGETS,
  Host: HOSTS,
  fields: FIELDS,
  framing: FRAMING,
  connections: CONNECTIONS,
  "bodies and what comes before them": BODIES,
  "lying upstreams": LYING_UPSTREAMS,
};
