import { z } from "zod";

export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

export type SamplerName = (typeof SAMPLERS)[number];

/** Where traces go. What is not here (headers, compression, certificates) the exporter reads from `OTEL_EXPORTER_OTLP_*` itself. */
export type TracingConfig = {
  /** Of the collector, with the path to which spans are posted. */
  url: string;
  sampler: SamplerName;
  /** Of new traces, 0..1; only with a sampler by trace id. */
  ratio: number;
  service: string;
};

const address = z.url({ protocol: /^https?$/, error: "the collector is reached by http or https" });

/** The variables of the OpenTelemetry specification that are understood here. */
export const tracingEnvironment = {
  OTEL_EXPORTER_OTLP_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.optional(),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default("parentbased_always_on"),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_SERVICE_NAME: z.string().min(1).default("strangler-proxy"),
};

/** undefined without an endpoint: nothing is traced, and nothing is loaded. */
export function readTracing(read: z.output<z.ZodObject<typeof tracingEnvironment>>): TracingConfig | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact } = read;
  // The general endpoint is a base to which the signal's path is added; the one for traces is used as it is (OTLP exporter specification).
  const url = exact ?? (base === undefined ? undefined : `${base.replace(/\/$/, "")}/v1/traces`);
  if (url === undefined) return undefined;
  return {
    url,
    sampler: read.OTEL_TRACES_SAMPLER,
    ratio: read.OTEL_TRACES_SAMPLER_ARG,
    service: read.OTEL_SERVICE_NAME,
  };
}
