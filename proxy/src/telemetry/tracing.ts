import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Logger } from "@strangler/platform";
import type { RequestHead } from "../guard/request-head.ts";
import type { Asker } from "../shadow/asker.ts";
import type { Trip } from "../trip.ts";
import type { AttemptSpan, RequestSpan, Tracing } from "./request-span.ts";
import { createSampler } from "./sampler.ts";
import { attemptAttributes, questionAttributes, requestAttributes, spanName } from "./span-attributes.ts";
import { readTraceparent, writeTraceparent } from "./span-context.ts";
import type { TracingConfig } from "./tracing-config.ts";

/** Starts to send spans by OTLP over HTTP. This file is loaded only where an endpoint is configured. */
export function startTracing(config: TracingConfig, log: Logger): Tracing {
  hearComplaints(log);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": config.service, "process.pid": process.pid }),
    sampler: createSampler(config),
    spanProcessors: [new BatchSpanProcessor({ ...QUEUE, exporter: new OTLPTraceExporter({ url: config.url }) })],
  });
  const tracer = provider.getTracer("@strangler/proxy");

  function begin({ method = "", headers }: RequestHead, trip: Trip): RequestSpan {
    const caller = readTraceparent(headers["traceparent"], headers["tracestate"]);
    const parent = caller === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, caller);
    const attributes = requestAttributes(method, trip);
    const span = tracer.startSpan(spanName(method, trip.route), { kind: SpanKind.SERVER, attributes }, parent);
    const inside = trace.setSpan(ROOT_CONTEXT, span);
    return {
      attempt: (upstream, lease) => {
        const options = { kind: SpanKind.CLIENT, attributes: attemptAttributes(method, upstream, lease) };
        const attempt = tracer.startSpan(method, options, inside);
        trip.headers["traceparent"] = writeTraceparent(attempt.spanContext());
        return { end: (outcome) => endAttempt(attempt, outcome) };
      },
      end: (status, rescued) => {
        if (rescued) span.setAttribute("strangler.rescued", true);
        endWithStatus(span, status, 500);
      },
    };
  }

  function follow(asker: Asker): Asker {
    return {
      ...asker,
      ask: async (question) => {
        const asked = readTraceparent(question.headers["traceparent"]);
        const options = {
          root: true,
          kind: SpanKind.CLIENT,
          links: asked === undefined ? [] : [{ context: asked }],
          attributes: questionAttributes(question),
        };
        const span = tracer.startSpan(`shadow ${question.method}`, options, ROOT_CONTEXT);
        const headers = { ...question.headers, traceparent: writeTraceparent(span.spanContext()) };
        try {
          const held = await asker.ask({ ...question, headers });
          endWithStatus(span, held.answer.status, 400);
          return held;
        } catch (error) {
          endFailed(span, error instanceof Error ? error.message : String(error));
          throw error;
        }
      },
    };
  }

  return { begin, follow, close: () => withinMs(provider.shutdown(), CLOSE_MS) };
}

// --- internal ---

// What does not fit into the queue is dropped by the processor: a collector that is away costs memory for this many spans.
const QUEUE = { maxQueueSize: 4_096, maxExportBatchSize: 512, scheduledDelayMillis: 1_000, exportTimeoutMillis: 5_000 };
const CLOSE_MS = 2_000;
const COMPLAIN_EVERY_MS = 60_000;

function endAttempt(span: Span, outcome: Parameters<AttemptSpan["end"]>[0]): void {
  if (!span.isRecording()) return;
  if (outcome === undefined) span.end();
  else if ("failure" in outcome) endFailed(span, `${outcome.failure.kind}: ${outcome.failure.code}`);
  // An answer that is an error is one for the side that asked, from 400 on; for the side that was asked only from 500 on.
  else endWithStatus(span, outcome.status, 400);
}

function endWithStatus(span: Span, status: number | undefined, errorFrom: number): void {
  if (status === undefined) span.setAttribute("error.type", "customer left");
  else span.setAttribute("http.response.status_code", status);
  if (status !== undefined && status >= errorFrom) {
    span.setAttribute("error.type", String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function endFailed(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
}

// A collector that is away fails every second; one line a minute tells enough.
function hearComplaints(log: Logger): void {
  let quietUntil = 0;
  const complain = (message: string) => {
    if (Date.now() < quietUntil) return;
    quietUntil = Date.now() + COMPLAIN_EVERY_MS;
    log.warn({ reason: message.slice(0, 500) }, "traces are not reaching their collector; requests go on without");
  };
  const nothing = () => undefined;
  diag.setLogger(
    { error: complain, warn: complain, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

async function withinMs(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), deadline]);
  clearTimeout(timer);
}
