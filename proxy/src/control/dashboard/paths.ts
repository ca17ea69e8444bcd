/** Where the dashboard lives on the admin listener. */
export const MOUNT = "/dashboard";

/** The address of a page, with a query of what is defined. */
export function pageUrl(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return `${MOUNT}${path}${text === "" ? "" : `?${text}`}`;
}

export function routeUrl(id: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  return pageUrl(`/routes/${encodeURIComponent(id)}`, query);
}

/** The page that shows what a change would do. */
export function flipUrl(id: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  return pageUrl(`/routes/${encodeURIComponent(id)}/flip`, query);
}
