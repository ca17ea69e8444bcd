const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** 123450 cents are "€1,234.50". */
export function formatPrice(cents: number): string {
  const [whole = "0", fraction = "00"] = (cents / 100).toFixed(2).split(".");
  return `€${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
}

/** "2026-06-04T10:00:00.000Z" is "4 Jun 2026", in UTC. */
export function formatDate(timestamp: string): string {
  const date = new Date(timestamp);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()}`;
}

/** A path with those parameters that have a value. */
export function listUrl(path: string, parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
