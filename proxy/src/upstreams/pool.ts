import type { Logger } from "@strangler/platform";
import { chooseLeastBusy, findCandidates, type Candidates } from "./choose.ts";
import { startDiscovery, type Discovery, type DiscoveryOptions } from "./discovery/discovery.ts";
import { ejectionMs, mayEjectOne, nextSeverity } from "./ejection.ts";
import { judgeCheck } from "./health.ts";
import { startHealthChecks, type HealthChecks } from "./health-checks.ts";
import { createInstance, reportInstance, type Found, type Instance } from "./instance.ts";
import type { PoolPlan } from "./pool-plan.ts";
import type { DiscoveryReport, UpstreamReport } from "./report.ts";
import type { Lease, Outcome } from "./upstreams.ts";

export type PoolOptions = DiscoveryOptions & { log: Logger };

/** The instances of one service, with everything that is known of them. */
export class Pool {
  readonly service: string;
  readonly #options: PoolOptions;
  readonly #log: Logger;
  readonly #instances = new Map<string, Instance>();
  readonly #returns = new Map<Instance, NodeJS.Timeout>();
  #plan: PoolPlan;
  #checks: HealthChecks | undefined;
  #discovery: Discovery | undefined;
  #discovered: Omit<DiscoveryReport, "from"> = { confirmedAt: null, failure: null };
  #candidates: Candidates = { instances: [], panic: false };
  #turn = 0;

  constructor(service: string, plan: PoolPlan, options: PoolOptions) {
    this.service = service;
    this.#options = options;
    this.#log = options.log.child({ service });
    this.#plan = plan;
    this.#startChecks();
    this.#list(plan.instances.map(asFound));
    this.#startDiscovery();
  }

  /** Goes on under another plan. What has been learnt of instances is kept, and so is the list until another is found. */
  apply(plan: PoolPlan): void {
    const before = this.#plan;
    this.#plan = plan;
    if (!isSame(before.health, plan.health)) {
      this.#checks?.close();
      for (const instance of this.#instances.values()) instance.health = plan.health ? "unknown" : "up";
      this.#startChecks();
      this.#list([...this.#instances.values()].filter(({ listed }) => listed).map(asBefore));
    }
    if (plan.discovery === undefined && !isSame(before, plan)) this.#list(plan.instances.map(asFound));
    if (!isSame(before.discovery, plan.discovery)) {
      this.#discovery?.close();
      this.#startDiscovery();
    }
  }

  pick(not?: string): Lease | undefined {
    this.#turn = (this.#turn + 1) & 0x3fffffff;
    const instance = chooseLeastBusy(this.#candidates.instances, this.#turn, not);
    return instance && new PoolLease(this, instance);
  }

  /** A request of `instance` has ended. */
  ended(instance: Instance, outcome: Outcome): void {
    instance.inFlight -= 1;
    instance[outcome] += 1;
    if (outcome === "answered") instance.failuresInARow = 0;
    if (outcome === "failed") this.#failed(instance);
    if (!instance.listed && instance.inFlight === 0) this.#forget(instance);
  }

  instances(): Instance[] {
    return [...this.#instances.values()];
  }

  report(): UpstreamReport {
    return {
      service: this.service,
      instances: this.instances().map(reportInstance),
      discovery: this.#discovery ? { from: this.#discovery.from, ...this.#discovered } : null,
      panic: this.#candidates.panic,
    };
  }

  close(): void {
    this.#discovery?.close();
    this.#checks?.close();
    for (const timer of this.#returns.values()) clearTimeout(timer);
  }

  #startChecks(): void {
    const { health } = this.#plan;
    this.#checks = health && startHealthChecks(health, (origin, complaint) => this.#judge(origin, complaint));
  }

  #startDiscovery(): void {
    const { discovery } = this.#plan;
    this.#discovered = { confirmedAt: null, failure: null };
    const events = {
      found: (found: readonly Found[]) => this.#found(found),
      failed: (reason: string) => this.#notFound(reason),
    };
    this.#discovery = discovery && startDiscovery(discovery, events, this.#options);
  }

  #found(found: readonly Found[]): void {
    if (this.#discovered.failure !== null) this.#log.info({}, "instances are found again");
    this.#discovered = { confirmedAt: new Date().toISOString(), failure: null };
    this.#list(found);
  }

  #notFound(failure: string): void {
    if (this.#discovered.failure !== failure) {
      const { from } = this.#discovery ?? {};
      this.#log.warn(
        { from, failure, kept: this.#instances.size },
        "instances cannot be found, the last good list stays",
      );
    }
    this.#discovered = { ...this.#discovered, failure };
  }

  // What is no longer listed gets no more requests; those it has end there.
  #list(found: readonly Found[]): void {
    const listed = new Map(found.map((each) => [each.origin, each]));
    for (const instance of this.#instances.values()) {
      const { name, inFlight, listed: before } = instance;
      instance.listed = listed.has(name);
      if (before && !instance.listed) this.#log.info({ instance: name, inFlight }, "instance is no longer listed");
      if (!instance.listed && inFlight === 0) this.#forget(instance);
    }
    for (const each of listed.values()) this.#add(each);
    this.#checks?.watch(listed.keys());
    this.#refresh();
  }

  #add(found: Found): void {
    const known = this.#instances.get(found.origin);
    if (known) {
      known.weight = found.weight;
      known.priority = found.priority;
      return;
    }
    this.#instances.set(found.origin, createInstance(found, this.#plan.health !== undefined));
    this.#log.info({ instance: found.origin }, "instance is listed");
  }

  #forget(instance: Instance): void {
    this.#instances.delete(instance.name);
    clearTimeout(this.#returns.get(instance));
    this.#returns.delete(instance);
  }

  #judge(origin: string, complaint: string | undefined): void {
    const { health: plan } = this.#plan;
    const instance = this.#instances.get(origin);
    if (plan === undefined || instance === undefined) return;
    const before = instance.health;
    Object.assign(instance, judgeCheck(instance, complaint, plan));
    if (instance.health === before) return;
    if (instance.health === "down")
      this.#log.warn({ instance: origin, complaint }, "instance is unwell, it gets no requests");
    else this.#log.info({ instance: origin }, "instance is well");
    this.#refresh();
  }

  #failed(instance: Instance): void {
    const { ejection } = this.#plan;
    instance.failuresInARow += 1;
    if (ejection === undefined || instance.failuresInARow < ejection.failures) return;
    if (instance.ejectedUntil !== undefined || !mayEjectOne(this.#instances.values(), ejection)) return;
    const now = performance.now();
    instance.severity = nextSeverity(instance, ejection, now);
    instance.ejections += 1;
    const forMs = ejectionMs(instance.severity, ejection);
    this.#scheduleReturn(instance, now + forMs);
    this.#log.warn(
      { instance: instance.name, failures: instance.failuresInARow, forMs },
      "instance is left out for a while",
    );
    this.#refresh();
  }

  #scheduleReturn(instance: Instance, at: number): void {
    instance.ejectedUntil = at;
    const timer = setTimeout(() => this.#return(instance), Math.max(0, at - performance.now()));
    timer.unref();
    this.#returns.set(instance, timer);
  }

  #return(instance: Instance): void {
    this.#returns.delete(instance);
    instance.ejectedUntil = undefined;
    instance.returnedAt = performance.now();
    // On probation: the next failure sends it back.
    instance.failuresInARow = Math.max(0, (this.#plan.ejection?.failures ?? 1) - 1);
    this.#log.info({ instance: instance.name }, "instance is tried again");
    this.#refresh();
  }

  #refresh(): void {
    const before = this.#candidates.panic;
    this.#candidates = findCandidates(this.#instances.values());
    if (this.#candidates.panic && !before)
      this.#log.error({}, "no instance is thought to be well, all of them are asked");
  }
}

// --- internal ---

function asFound(origin: string): Found {
  return { origin, weight: 1, priority: 0 };
}

function asBefore({ name, weight, priority }: Instance): Found {
  return { origin: name, weight, priority };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

// One for every request: a class, so that no closure is made.
class PoolLease implements Lease {
  readonly #pool: Pool;
  #held: Instance | undefined;
  readonly origin: URL;
  readonly instance: string;

  constructor(pool: Pool, instance: Instance) {
    this.#pool = pool;
    this.#held = instance;
    this.origin = instance.origin;
    this.instance = instance.name;
    instance.inFlight += 1;
  }

  done(outcome: Outcome): void {
    const instance = this.#held;
    if (instance === undefined) return;
    this.#held = undefined;
    this.#pool.ended(instance, outcome);
  }
}
