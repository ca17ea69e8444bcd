export { changeSchema, positionSchema } from "./schema.ts";
export { UNCHANGED, type Change, type ChangePosition, type Operation, type RowValues, type Value } from "./change.ts";
