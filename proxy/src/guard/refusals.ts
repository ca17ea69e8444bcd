/** Counts the requests that the proxy answered itself because they were not fit to be passed on, by status. */
export type Refusals = { count: (status: number) => void; all: () => ReadonlyMap<number, number> };

export function createRefusals(): Refusals {
  const counts = new Map<number, number>();
  return {
    count: (status) => counts.set(status, (counts.get(status) ?? 0) + 1),
    all: () => counts,
  };
}
