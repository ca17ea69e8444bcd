// What gets lost, or is refused, between a column and a narrower one. An unlimited text into a limited one is left to the rows: that
// is how most old schemas are, and a text that is too long is refused, never cut.

import type { ColumnFacts } from "../catalog/table-facts.ts";

type Column = Pick<ColumnFacts, "type" | "typeModifier">;

/** In a few words what the target cannot hold; undefined when it holds everything. Pure. */
export function narrowing(given: Column, wanted: Column): string | undefined {
  const [source, target] = [given, wanted].map(unquoted) as [Column, Column];
  const from = SIZES[source.type];
  const to = SIZES[target.type];
  if (from !== undefined && to !== undefined && from.kind === to.kind && to.size < from.size) return from.lost;
  if (source.type !== target.type) return undefined;
  if (LENGTHS.has(target.type)) return shorter(source, target) ? "longer values would be refused" : undefined;
  if (target.type === "pg_catalog.numeric") return narrowerNumeric(source, target);
  if (FRACTIONS.has(target.type)) return fraction(source) > fraction(target) ? "seconds would be rounded" : undefined;
  return undefined;
}

// --- internal ---

// Where a type's name is a key word, SQL writes it in quotes: pg_catalog."varchar".
function unquoted({ type, typeModifier }: Column): Column {
  return { type: type.replaceAll('"', ""), typeModifier };
}

const catalog = (names: readonly string[]) => new Set(names.map((name) => `pg_catalog.${name}`));
const LENGTHS = catalog(["varchar", "bpchar", "bit", "varbit"]);
const FRACTIONS = catalog(["timestamp", "timestamptz", "time", "timetz"]);

const LARGE = "larger numbers would be refused";
const ROUNDED = "numbers would be rounded";
const SIZES: Readonly<Record<string, { kind: string; size: number; lost: string }>> = {
  "pg_catalog.int2": { kind: "integer", size: 2, lost: LARGE },
  "pg_catalog.int4": { kind: "integer", size: 4, lost: LARGE },
  "pg_catalog.int8": { kind: "integer", size: 8, lost: LARGE },
  "pg_catalog.float4": { kind: "float", size: 4, lost: ROUNDED },
  "pg_catalog.float8": { kind: "float", size: 8, lost: ROUNDED },
};

function shorter(source: Column, target: Column): boolean {
  return target.typeModifier >= 0 && source.typeModifier >= 0 && target.typeModifier < source.typeModifier;
}

function fraction({ typeModifier }: Column): number {
  return typeModifier < 0 ? 6 : typeModifier;
}

// numeric_typmod_precision and numeric_typmod_scale in numeric.c: precision above, scale in the lower eleven bits, signed.
function narrowerNumeric(source: Column, target: Column): string | undefined {
  if (target.typeModifier < 0) return undefined;
  const to = precisionAndScale(target.typeModifier);
  if (source.typeModifier < 0) return ROUNDED;
  const from = precisionAndScale(source.typeModifier);
  if (to.scale < from.scale) return ROUNDED;
  return to.precision - to.scale < from.precision - from.scale ? LARGE : undefined;
}

function precisionAndScale(modifier: number): { precision: number; scale: number } {
  const value = modifier - 4;
  return { precision: (value >> 16) & 0xffff, scale: ((value & 0x7ff) ^ 1024) - 1024 };
}
