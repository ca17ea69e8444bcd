import { SHARED, type Contexts } from "../../contexts/contexts.ts";
import type { Facts } from "../../facts.ts";
import { percent, round } from "../../round.ts";
import { innerContexts } from "../libraries.ts";
import type { Metrics } from "../metrics.ts";
import type { TableOwnership } from "../ownership.ts";
import { countKinds, type Seam } from "../seams.ts";
import { benefitsOf, countContexts } from "./benefits.ts";
import { buildList } from "./build-list.ts";
import type { Benefit, Extraction, ExtractionStep } from "./extraction.ts";
import { tieKnots, type Knot } from "./knots.ts";
import { findOrder } from "./order.ts";
import { reasonsAgainst, reasonsFor } from "./step-reasons.ts";
import { createStepCost, type StepCost } from "./step-cost.ts";

/** What the planning knows. */
export type Findings = {
  facts: Facts;
  contexts: Contexts;
  tables: readonly TableOwnership[];
  routes: readonly { context: string }[];
  seams: readonly Seam[];
  metrics: Metrics;
};

/** The order of extraction with the least burden, and what each step takes and gives. */
export function planExtraction(findings: Findings): Extraction {
  const { facts, contexts, tables, routes, seams, metrics } = findings;
  const inner = innerContexts(facts, contexts, tables);
  const candidates = contexts.contexts.filter(({ name }) => name !== SHARED && !inner.includes(name));
  const names = candidates.map(({ name }) => name);
  const benefits = benefitsOf(candidates, facts, metrics, countContexts(tables), countContexts(routes));
  const knots = tieKnots(seams);
  const stepCost = createStepCost(names, knots);
  const { order, burden, search } = findOrder(
    stepCost,
    benefits.map(({ share }) => share),
  );
  const steps = describeSteps(findings, { names, benefits, knots, stepCost, order });
  const cost = round(steps.reduce((sum, step) => sum + step.cost, 0));
  return {
    search,
    cost,
    burden: round(burden),
    steps: steps.map((step) => weigh(step, cost, steps.length)),
    rest: [...inner, ...contexts.contexts.map(({ name }) => name).filter((name) => name === SHARED)],
  };
}

// --- internal ---

type Plan = {
  names: readonly string[];
  benefits: readonly Benefit[];
  knots: readonly Knot[];
  stepCost: StepCost;
  order: readonly number[];
};

function describeSteps(findings: Findings, { names, benefits, knots, stepCost, order }: Plan): ExtractionStep[] {
  const gone = new Set<number>();
  return order.flatMap((number, position): ExtractionStep[] => {
    const [context, benefit] = [names[number], benefits[number]];
    if (context === undefined || benefit === undefined) return [];
    const goneNames = new Set([...gone].flatMap((other) => names[other] ?? []));
    const isGone = (other: number): boolean => gone.has(other);
    const isGoneAfter = (other: number): boolean => other === number || gone.has(other);
    const open = findings.seams.filter(
      ({ from, to }) => (from === context && !goneNames.has(to)) || (to === context && !goneNames.has(from)),
    );
    const step: ExtractionStep = {
      context,
      cost: round(stepCost(number, isGone)),
      benefit,
      seams: countKinds(open),
      tables: findings.tables.filter((table) => table.context === context).map(({ name }) => name),
      routes: benefit.routes,
      build: buildList(context, knots, goneNames),
      cheaper: order.slice(position + 1).flatMap((later) => {
        const by = round(stepCost(later, isGone) - stepCost(later, isGoneAfter));
        return by > 0 ? [{ context: names[later] ?? "", by }] : [];
      }),
      worthwhile: true,
      reasons: [],
      against: [],
    };
    gone.add(number);
    return [{ ...step, reasons: reasonsFor(step, open), against: reasonsAgainst(step, open, findings) }];
  });
}

/** A step that takes this many times its share of the cost for its share of the benefit is not worth it. */
const DEAR = 2.5;

function weigh(step: ExtractionStep, cost: number, steps: number): ExtractionStep {
  const fair = step.benefit.share * cost;
  const worthwhile = steps < 2 || step.cost <= fair * DEAR;
  if (worthwhile) return step;
  const against = `it takes ${percent(step.cost / cost)} % of the work and gives ${percent(step.benefit.share)} % of the benefit`;
  return { ...step, worthwhile, against: [against, ...step.against] };
}
