import { nextValue } from "../capture/tuple.ts";
import { createTextArray, type TextArray } from "./text-array.ts";
import type { FollowedTable } from "./followed-table.ts";
import type { LoggedRow } from "./row-change.ts";
import { valueAt } from "./row-key.ts";

/** Builds a statement's parameters out of rows of the log. One builder is used again and again; its buffers are its own. */
export type ParameterBuilder = {
  /** The parameters for these rows: one array for each of `inputs`. Valid until the next call. */
  build: (table: FollowedTable, inputs: readonly number[], rows: readonly LoggedRow[]) => Buffer[];
};

export function createParameterBuilder(): ParameterBuilder {
  const arrays: TextArray[] = [];
  return {
    build(table, inputs, rows) {
      while (arrays.length < inputs.length) arrays.push(createTextArray());
      const used = arrays.slice(0, inputs.length);
      for (const array of used) array.reset();
      const arrayAt = table.inputAt.map((input) => (input < 0 ? undefined : used[inputs.indexOf(input)]));
      const last = arrayAt.findLastIndex((array) => array !== undefined);
      for (const { bytes, at } of rows) {
        let next = at + 2;
        for (let place = 0; place <= last; place += 1) {
          arrayAt[place]?.push(bytes, next);
          if (place < last) next = nextValue(bytes, next);
        }
      }
      return used.map((array) => array.finish());
    },
  };
}

/** A row's key, by target column, for complaints. */
export function describeKey(table: FollowedTable, { bytes, at }: LoggedRow): string {
  const parts = table.resolved.key.map(({ name }, index) => {
    const start = valueAt(bytes, at, table.keyPlaces[index] ?? 0);
    return `${name} = ${bytes.toString("utf8", start + 5, nextValue(bytes, start))}`;
  });
  return parts.join(", ");
}
