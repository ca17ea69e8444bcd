import { nextValue } from "../capture/tuple.ts";
import { createArrayParameter, type ArrayParameter } from "./array-parameter.ts";
import type { FollowedTable } from "./followed-table.ts";
import type { LoggedRow } from "./row-change.ts";
import { valueAt } from "./row-key.ts";

/** Builds a statement's parameters out of rows of the log. One builder is used again and again; its buffers are its own. */
export type ParameterBuilder = {
  /** The parameters for these rows: one array for each of `inputs`. Valid until the next call. */
  build: (table: FollowedTable, inputs: readonly number[], rows: readonly LoggedRow[]) => Buffer[];
};

export function createParameterBuilder(): ParameterBuilder {
  const byTable = new WeakMap<FollowedTable, ArrayParameter[]>();
  return {
    build(table, inputs, rows) {
      let all = byTable.get(table);
      if (all === undefined) {
        all = table.resolved.inputs.map(({ typeId, type }) => createArrayParameter(type === undefined ? 0 : typeId));
        byTable.set(table, all);
      }
      const parameters = all;
      for (const input of inputs) parameters[input]?.reset();
      const parameterAt = table.inputAt.map((input) => (inputs.includes(input) ? parameters[input] : undefined));
      const last = parameterAt.findLastIndex((parameter) => parameter !== undefined);
      for (const { bytes, at } of rows) {
        let next = at + 2;
        for (let place = 0; place <= last; place += 1) {
          parameterAt[place]?.push(bytes, next);
          if (place < last) next = nextValue(bytes, next);
        }
      }
      return inputs.map((input) => parameters[input]?.finish() ?? Buffer.alloc(0));
    },
  };
}

/** A row's key, by target column, for complaints. */
export function describeKey(table: FollowedTable, row: LoggedRow): string {
  const values = keyValues(table, row);
  return table.resolved.sourceKey.map(({ name }, index) => `${name} = ${values[index]}`).join(", ");
}

/** The values of a row's key as text, in the order of `ResolvedTable.sourceKey`. */
export function keyValues(table: FollowedTable, { bytes, at }: LoggedRow): string[] {
  return table.keyPlaces.map((place) => {
    const start = valueAt(bytes, at, place);
    return bytes.toString("utf8", start + 5, nextValue(bytes, start));
  });
}
