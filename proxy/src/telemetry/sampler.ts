import { TraceFlags, type Link } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
} from "@opentelemetry/sdk-trace";
import type { SamplerName, TracingConfig } from "./tracing-config.ts";

/**
 * Which traces are recorded, as OTEL_TRACES_SAMPLER says. What is linked to a request (a candidate's answer to it) begins a trace
 * of its own, and is recorded if the request is: half an experiment would tell nothing.
 */
export function createSampler({ sampler, ratio }: Pick<TracingConfig, "sampler" | "ratio">): Sampler {
  const chosen = SAMPLERS[sampler](ratio);
  return {
    shouldSample: (context, traceId, name, kind, attributes, links) => {
      const [link] = links;
      if (link !== undefined) return { decision: isSampled(link) ? RECORD : SamplingDecision.NOT_RECORD };
      return chosen.shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => `linked, else ${chosen.toString()}`,
  };
}

// --- internal ---

const RECORD = SamplingDecision.RECORD_AND_SAMPLED;

const SAMPLERS: Readonly<Record<SamplerName, (ratio: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (ratio) => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
};

function isSampled({ context }: Link): boolean {
  return (context.traceFlags & TraceFlags.SAMPLED) !== 0;
}
