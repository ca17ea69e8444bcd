/**
 * Stands for a large value that the change did not touch and the log therefore does not carry. An object, so that no text a
 * column could ever hold is mistaken for it, and so that it survives JSON (where undefined would look like a missing column).
 */
export const UNCHANGED = { unchanged: true } as const;

/** A column's value: the server's own text, verbatim; or null; or large and untouched. */
export type Value = string | null | typeof UNCHANGED;

/** What an event has in the place of such a value, as Debezium's `unavailable.value.placeholder` does. */
export const UNAVAILABLE = "__debezium_unavailable_value";
