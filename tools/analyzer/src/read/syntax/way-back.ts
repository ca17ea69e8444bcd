import type { Scope } from "./scope.ts";

/** True inside of a migration's `down`: it undoes what counts. */
export function isWayBack({ functionName }: Pick<Scope, "functionName">): boolean {
  return functionName !== null && /(?:^|[.#])down$/.test(functionName);
}
