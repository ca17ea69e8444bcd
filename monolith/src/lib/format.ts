const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** 123450 is "€1,234.50". */
export function formatPrice(cents: number): string {
  const [whole = "0", fraction = "00"] = (cents / 100).toFixed(2).split(".");
  return `€${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
}

/** "4 Jun 2026", in UTC. */
export function formatDate(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()}`;
}

/** The address of a list with some of its parameters changed; empty ones are left out. */
export function listUrl(path: string, parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
