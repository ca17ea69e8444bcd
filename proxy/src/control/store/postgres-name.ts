/** How the store of an address is called in complaints: without its password. */
export function nameOf(url: string): string {
  if (!URL.canParse(url)) return "the routes database";
  const { hostname, port, pathname } = new URL(url);
  return `the routes database ${pathname.slice(1) || "(default)"} at ${hostname || "localhost"}:${port || "5432"}`;
}
