import type { AdmissionPlan } from "../admission/admission-plan.ts";
import type { Carriage } from "../carriage/carriage.ts";
import type { HashName } from "../customer/hash.ts";
import type { CustomerKey } from "../customer/keys.ts";
import type { OwnWritesRule } from "../own-writes/rule.ts";
import type { AdvanceRule } from "../watch/advance-rule.ts";
import type { WatchRule } from "../watch/watch-rule.ts";
import { describeConditions, type Condition } from "./conditions.ts";
import type { PathPattern } from "./pattern.ts";
import type { ShadowRules } from "../shadow/shadow-rule.ts";
import type { Stage } from "./stages.ts";

/** A slice of traffic, the service it moves to, and how far it has come. */
export type Route = {
  readonly id: string;
  /** undefined: every method. */
  readonly methods: ReadonlySet<string> | undefined;
  /** Header fields and query parameters that a request must have beside; undefined: none. */
  readonly conditions: readonly Condition[] | undefined;
  /** As written in the file. */
  readonly path: string;
  readonly pattern: PathPattern;
  readonly service: string;
  readonly stage: Stage;
  /** Of 10,000 buckets, how many the service answers. Only meaningful in stage `canary`. */
  readonly share: number;
  /** How customers are shared. */
  readonly hash: HashName;
  /** What names the customer: the first that a request has, then the proxy's own cookie. */
  readonly keys: readonly CustomerKey[];
  /** How long she who has just written is read from the monolith; undefined: she is not. */
  readonly ownWrites: OwnWritesRule | undefined;
  /** Limits and tokens; undefined: everybody is let in. */
  readonly admission: AdmissionPlan | undefined;
  readonly reached: Stage;
  /** What its answers are compared by in stage `shadow`. */
  readonly shadow: ShadowRules;
  /** undefined: the candidate of a canary is not judged. */
  readonly watch: WatchRule | undefined;
  /** How long WebSockets on the side that a flip has left may stay open, in milliseconds; undefined: for good. */
  readonly drainMs: number | undefined;
  /** undefined: nothing out of the ordinary. */
  readonly carriage: Carriage | undefined;
  readonly autoAdvance: AdvanceRule | undefined;
  /** Whether the monolith answers where the service does not, as far as that does no harm. */
  readonly fallback: boolean;
};

/** `GET,HEAD /api/products/:id with x-beta: 1`, as people read it. */
export function describeMatch({
  methods,
  path,
  conditions,
}: Pick<Route, "methods" | "path"> & Partial<Pick<Route, "conditions">>): string {
  const shown = `${methods === undefined ? "*" : [...methods].join(",")} ${path}`;
  return conditions === undefined ? shown : `${shown} with ${describeConditions(conditions)}`;
}
