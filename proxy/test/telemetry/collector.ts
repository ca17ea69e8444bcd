import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it came over the wire (OTLP/HTTP in JSON: opentelemetry-proto, trace.proto). */
export type SentSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 2 server, 3 client. */
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, string | number | boolean>;
  links: { traceId: string; spanId: string }[];
  /** 2 is an error. */
  status: { code?: number; message?: string };
};

/** A collector that keeps what it gets. */
export async function startCollector(answer = 200) {
  const spans: SentSpan[] = [];
  const services: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url === "/v1/traces" && answer === 200) {
        const sent = JSON.parse(Buffer.concat(chunks).toString()) as ExportRequest;
        for (const { resource, scopeSpans } of sent.resourceSpans) {
          services.push(String(flat(resource.attributes)["service.name"]));
          for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
            spans.push({ ...span, attributes: flat(span.attributes), links: span.links ?? [] });
          }
        }
      }
      response.writeHead(answer, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    services,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

// --- internal ---

type Attributes = { key: string; value: { stringValue?: string; intValue?: number | string; boolValue?: boolean } }[];
type RawSpan = Omit<SentSpan, "attributes" | "links"> & { attributes: Attributes; links?: SentSpan["links"] };
type ExportRequest = { resourceSpans: { resource: { attributes: Attributes }; scopeSpans: { spans: RawSpan[] }[] }[] };

function flat(attributes: Attributes): SentSpan["attributes"] {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, boolValue } }) => [
      key,
      stringValue ?? boolValue ?? Number(intValue),
    ]),
  );
}
