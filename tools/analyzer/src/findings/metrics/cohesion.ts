import { placedEdges, sizesOf, type Partition } from "./partition.ts";
import { interPartitionCalls } from "./published.ts";

/**
 * TurboMQ (Mitchell and Mancoridis 2002): sum over parts of 2·inside / (2·inside + outside), both by volume; a call
 * across counts for both its parts. Between 0 and the number of parts; up is better.
 */
export function turboMq(partition: Partition): number {
  return [...factors(partition).values()].reduce((sum, factor) => sum + factor, 0);
}

/** Cohesion as CARGO's program computes it (ASE 2022): the mean of TurboMQ's factors, 0..1. Up is better. */
export function cohesion(partition: Partition): number {
  const parts = factors(partition);
  return parts.size === 0 ? 0 : turboMq(partition) / parts.size;
}

/** Cohesion of every part by itself, 0..1. */
export function factors(partition: Partition): Map<string, number> {
  const flows = new Map([...sizesOf(partition).keys()].map((part) => [part, { inside: 0, outside: 0 }]));
  for (const { from, to, volume, source, target } of placedEdges(partition)) {
    if (from === to) continue;
    for (const part of source === target ? [source] : [source, target]) {
      const flow = flows.get(part);
      if (flow) flow[source === target ? "inside" : "outside"] += volume;
    }
  }
  return new Map(
    [...flows].map(([part, { inside, outside }]) => [part, inside === 0 ? 0 : (2 * inside) / (2 * inside + outside)]),
  );
}

/**
 * Coupling as CARGO's program computes it (ASE 2022): volume across parts over all volume, 0..1. Down is better. The
 * formula is that of its ICP; CARGO tells the two apart by the graph, static for this one and traced for the other.
 */
export function coupling(partition: Partition): number {
  return interPartitionCalls(partition, "plain");
}
