import type { PathPattern } from "./pattern.ts";
import type { Stage } from "./stages.ts";

/** A slice of traffic, the service it moves to, and how far it has come. */
export type Route = {
  readonly id: string;
  /** undefined: every method. */
  readonly methods: ReadonlySet<string> | undefined;
  /** As written in the file. */
  readonly path: string;
  readonly pattern: PathPattern;
  readonly service: string;
  readonly stage: Stage;
  /** Of 10,000 buckets, how many the service answers. Only meaningful in stage `canary`. */
  readonly share: number;
  readonly reached: Stage;
};

/** `GET,HEAD /api/products/:id`, as people read it. */
export function describeMatch({ methods, path }: Pick<Route, "methods" | "path">): string {
  return `${methods === undefined ? "*" : [...methods].join(",")} ${path}`;
}
