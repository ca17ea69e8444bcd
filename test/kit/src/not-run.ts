import { test } from "@jest/globals";

/**
 * A test that needs something not every machine has. `missing` says what is not there; then the test is skipped under a
 * name that says so, and the test command lists it as not run. It never counts as passed.
 */
export function testWith(missing: string | undefined, name: string, body: () => Promise<void>): void {
  if (missing === undefined) test(name, body);
  else test.skip(`${name} [not run: ${missing}]`, body);
}
