export type SwapTimes = { swaps: number; p99Ms: number | undefined; meanMs: number };

const NAME = "strangler_routes_swap_seconds";

/** How long the proxy took to swap routes in, by its own histogram. */
export async function readSwapTimes(adminUrl: string): Promise<SwapTimes> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const buckets = [...text.matchAll(new RegExp(`^${NAME}_bucket\\{le="([^"]+)"\\} (\\d+)$`, "gm"))].map(
    ([, end = "", count = ""]) => ({ endMs: Number(end.replace("+Inf", "Infinity")) * 1_000, upTo: Number(count) }),
  );
  const swaps = buckets.at(-1)?.upTo ?? 0;
  const sum = Number(new RegExp(`^${NAME}_sum (\\S+)$`, "m").exec(text)?.[1] ?? 0);
  const p99 = buckets.find(({ upTo }) => upTo >= swaps * 0.99 && swaps > 0);
  return {
    swaps,
    p99Ms: p99 && Math.round(p99.endMs * 1_000) / 1_000,
    meanMs: swaps === 0 ? 0 : (sum * 1_000) / swaps,
  };
}
