import type { RequestListener } from "node:http";
import { waitFor } from "@strangler/platform";
import type { Mismatch, RouteReport, ShadowCount, ShadowReport } from "../../src/index.ts";
import { startRawUpstream, startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy, type WithProxyOptions } from "../kit/with-proxy.ts";

export type Sides = { control: Upstream; candidate: Upstream };

export type SideOptions = Partial<WithProxyOptions> & {
  /** The route's `shadow` field, as YAML. */
  rule?: string;
};

/** A proxy whose route /items/* is shadowed. The candidate is a listener, or the address of something that is none. */
export async function withSides(
  control: RequestListener,
  candidate: RequestListener | string,
  use: (proxy: TestProxy, sides: Sides) => Promise<void>,
  { rule, ...options }: SideOptions = {},
): Promise<void> {
  const monolith = await startUpstream("monolith", control);
  const stock = await startUpstream("stock", typeof candidate === "string" ? undefined : candidate);
  const address = typeof candidate === "string" ? candidate : stock.url;
  const stage = `stage: shadow${rule === undefined ? "" : `\nshadow: ${rule}`}`;
  try {
    await withProxy({ routes: routesText(monolith.url, address, stage), ...options }, (proxy) =>
      use(proxy, { control: monolith, candidate: stock }),
    );
  } finally {
    await Promise.all([monolith, stock, ...opened.splice(0)].map((server) => server.close()));
  }
}

/** The address of an upstream that misbehaves; closed with the sides. */
export async function raw(misbehave: Parameters<typeof startRawUpstream>[0]): Promise<string> {
  const upstream = await startRawUpstream(misbehave);
  opened.push(upstream);
  return upstream.url;
}

export function flood(socket: Parameters<Parameters<typeof startRawUpstream>[0]>[0]): void {
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
  const piece = Buffer.alloc(65_536, "x");
  const pump = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", pump);
  pump();
}

/** Answers JSON; a function is asked anew for every answer. */
export function answer(body: unknown): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(typeof body === "function" ? (body as () => unknown)() : body));
  };
}

/** The route's shadow counters, once `total` requests have an outcome. */
export async function counted(proxy: TestProxy, total: number): Promise<ShadowCount> {
  return waitFor(`${total} outcomes`, async () => {
    const report = (await (await fetch(`${proxy.adminUrl}/routes`)).json()) as RouteReport;
    const shadow = report.routes[0]?.shadow;
    return shadow && shadow.compared + shadow.failed + shadow.dropped === total ? shadow : undefined;
  });
}

export async function mismatches(proxy: TestProxy): Promise<Mismatch[]> {
  const body = (await (await fetch(`${proxy.adminUrl}/shadow/mismatches`)).json()) as { mismatches: Mismatch[] };
  return body.mismatches;
}

export async function shadowReport(proxy: TestProxy): Promise<ShadowReport> {
  return (await (await fetch(`${proxy.adminUrl}/shadow/report`)).json()) as ShadowReport;
}

// --- internal ---

const opened: { close: () => Promise<void> }[] = [];
