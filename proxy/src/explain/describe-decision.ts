import type { OverrideFound } from "../customer/override.ts";
import type { Decision } from "../decide.ts";
import type { Route } from "../routes/route.ts";
import type { OwnWriteFound } from "./own-write.ts";

/** What was found out of who asks. */
export type Known = {
  customer: string | undefined;
  bucket: number | undefined;
  override: OverrideFound | undefined;
  ownWrite: OwnWriteFound | undefined;
};

/** A decision in sentences for a person. */
export function describeDecision(route: Route | undefined, decision: Decision, known: Known): string {
  if (route === undefined) return "No route matches, and the monolith answers all that no route has taken out.";
  const answers = `${decision.answeredBy} answers`;
  return [reason(route, decision, answers, known), ...ignoredOverride(known)].join(" ");
}

// --- internal ---

function reason(route: Route, decision: Decision, answers: string, known: Known): string {
  switch (decision.because) {
    case "override":
      return `${capital(known.override?.where ?? "")}: ${decision.side === "service" ? "always" : "never"} overrides stage ${route.stage}, so ${answers}.`;
    case "share":
      return shareReason(route, answers, known);
    case "own write":
      return ownWriteReason(route, answers, known);
    case "stage":
    case "no route":
      return stageReason(route, decision, answers);
  }
}

function shareReason(route: Route, answers: string, { customer, bucket }: Known): string {
  if (bucket === undefined) {
    return `${shareOf(route)}; without a customer nobody can say who answers. Name one with --customer.`;
  }
  return `${shareOf(route)}; "${customer ?? ""}" is in bucket ${bucket}, so ${answers}.`;
}

function ownWriteReason(route: Route, answers: string, { customer, bucket, ownWrite }: Known): string {
  const hers = `${shareOf(route)}, and "${customer ?? ""}" is in bucket ${bucket ?? ""}`;
  return `${hers}; but she has just written through the monolith, and ${stillMissing(ownWrite)}, so ${answers}.`;
}

function stillMissing(ownWrite: OwnWriteFound | undefined): string {
  const { stream = null, position = null, applied = null } = ownWrite ?? {};
  if (stream === null) return "the time for which such reads stay there is not over";
  if (position === null) return `the stream ${stream} did not say where her write lies`;
  if (applied === null)
    return `nothing is known here of what the stream ${stream} has applied (she waits for ${position})`;
  return `the stream ${stream} has applied only what lies before ${applied} (she waits for ${position})`;
}

function stageReason(route: Route, decision: Decision, answers: string): string {
  if (route.stage !== "shadow") return `Stage ${route.stage}: ${answers} everybody.`;
  if (decision.shadow !== undefined) return `Stage shadow: ${answers}, ${decision.shadow} is asked too and compared.`;
  return `Stage shadow: ${answers}. Only GET and HEAD are shadowed: a write sent twice is done twice.`;
}

function shareOf(route: Route): string {
  return `Stage canary gives ${route.share / 100} % of the customers (buckets below ${route.share}) to ${route.service}`;
}

function ignoredOverride({ override }: Known): string[] {
  if (override?.problem === undefined) return [];
  return [`${capital(override.where)} does not count: it is ${override.problem}.`];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
