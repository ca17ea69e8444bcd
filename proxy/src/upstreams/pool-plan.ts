import path from "node:path";
import { DEFAULT_EJECTION, type DiscoveryFields, type ServiceFields } from "./service-fields.ts";

/** What a service's instances are to be treated like: plain data, times in milliseconds. */
export type PoolPlan = {
  /** Addresses that the routes file gives. Beside discovery, they count as long as nothing has been found. */
  readonly instances: readonly string[];
  readonly discovery: DiscoveryPlan | undefined;
  readonly health: HealthPlan | undefined;
  /** undefined: nothing is ever left out. */
  readonly ejection: EjectionPlan | undefined;
};

export type HealthPlan = {
  readonly path: string;
  readonly everyMs: number;
  readonly withinMs: number;
  readonly healthyAfter: number;
  readonly unhealthyAfter: number;
};

export type EjectionPlan = {
  readonly failures: number;
  readonly forMs: number;
  readonly atMostMs: number;
  readonly atMostPercent: number;
};

type Scheme = "http" | "https";

export type FilePlan = { readonly from: "file"; readonly file: string };
export type SrvPlan = { readonly from: "srv"; readonly name: string } & DnsTimes;
export type AddressPlan = { readonly from: "address"; readonly name: string; readonly port: number } & DnsTimes;
export type ConsulPlan = {
  readonly from: "consul";
  readonly url: string;
  readonly service: string;
  readonly tag: string | undefined;
  readonly datacenter: string | undefined;
  readonly scheme: Scheme;
};
export type DiscoveryPlan = FilePlan | SrvPlan | AddressPlan | ConsulPlan;

type DnsTimes = {
  readonly scheme: Scheme;
  readonly server: string | undefined;
  readonly everyMs: number;
  readonly atLeastMs: number;
};

/** What is wrong with a service's fields taken together: where, and in a sentence. */
export type ServiceProblem = { at: string[]; reason: string; suggestion: string };

/** The plan of a service. undefined for one fixed address that nobody checks: there is nothing to choose and nothing to count. */
export function poolPlanOf(service: ServiceFields, routesFile: string): PoolPlan | undefined {
  const { url, instances, discovery, health, ejection } = service;
  if (instances === undefined && discovery === undefined) return undefined;
  return Object.freeze({
    instances: (instances ?? (url === undefined ? [] : [url])).map((address) => new URL(address).origin),
    discovery: discovery && discoveryPlanOf(discovery, routesFile),
    health: health && healthPlanOf(health),
    ejection: ejection === false ? undefined : ejectionPlanOf(ejection ?? DEFAULT_EJECTION),
  });
}

/** The address of a service where only one can be told: the first one known. A service that must be found has a name that never resolves. */
export function principalUrl(name: string, { url, instances }: ServiceFields): string {
  return url ?? instances?.[0] ?? `http://${name}.invalid`;
}

/** Checks what a schema cannot say. */
export function findServiceFieldProblems(name: string, service: ServiceFields): ServiceProblem[] {
  return CHECKS.filter(({ isWrong }) => isWrong(service)).map(({ at, reason, suggestion }) => ({
    at,
    reason: `service "${name}" ${reason}`,
    suggestion,
  }));
}

// --- internal ---

type Check = { isWrong: (service: ServiceFields) => boolean; at: string[]; reason: string; suggestion: string };

const CHECKS: readonly Check[] = [
  {
    isWrong: ({ url, instances, discovery }) => (url ?? instances ?? discovery) === undefined,
    at: [],
    reason: "has no address.",
    suggestion: `Add "url", "instances" or "discovery".`,
  },
  {
    isWrong: ({ url, instances }) => url !== undefined && instances !== undefined,
    at: ["instances"],
    reason: `has both "url" and "instances".`,
    suggestion: `Put the address of "url" into "instances".`,
  },
  {
    isWrong: ({ instances, discovery }) => instances !== undefined && discovery !== undefined,
    at: ["discovery"],
    reason: `lists its instances, and has them found as well.`,
    suggestion: `Leave one of the two out; "url" may stand beside "discovery".`,
  },
  {
    isWrong: ({ discovery }) =>
      discovery !== undefined && countOf(discovery.file, discovery.dns, discovery.consul) !== 1,
    at: ["discovery"],
    reason: "is to be found in more than one way, or in none.",
    suggestion: `Name one of "file", "dns" and "consul".`,
  },
  {
    isWrong: ({ discovery }) => discovery?.dns !== undefined && countOf(discovery.dns.srv, discovery.dns.host) !== 1,
    at: ["discovery", "dns"],
    reason: "needs one DNS name.",
    suggestion: `Name either "srv", or "host" with "port".`,
  },
  {
    isWrong: ({ discovery }) => (discovery?.dns?.host === undefined) !== (discovery?.dns?.port === undefined),
    at: ["discovery", "dns", "port"],
    reason: `needs a "port" beside "host", and only there: SRV records bring their own.`,
    suggestion: `Write "host" and "port" together.`,
  },
  {
    isWrong: ({ discovery }) => discovery?.dns?.host !== undefined && discovery.dns.scheme === "https",
    at: ["discovery", "dns", "scheme"],
    reason: "would be asked by bare addresses, which certificates do not name.",
    suggestion: `Use "srv", whose targets have names, or "url".`,
  },
  {
    isWrong: ({ instances, discovery, health, ejection }) =>
      instances === undefined && discovery === undefined && (health !== undefined || ejection !== undefined),
    at: ["url"],
    reason: "has one address: there is no other to go to when it is unwell.",
    suggestion: `Write it as "instances: [...]", or leave "health" and "ejection" out.`,
  },
];

function countOf(...values: unknown[]): number {
  return values.filter((value) => value !== undefined).length;
}

function healthPlanOf({
  path,
  everySeconds,
  withinSeconds,
  ...thresholds
}: NonNullable<ServiceFields["health"]>): HealthPlan {
  return { path, everyMs: everySeconds * 1_000, withinMs: withinSeconds * 1_000, ...thresholds };
}

function ejectionPlanOf({ failures, seconds, atMostSeconds, atMostPercent }: typeof DEFAULT_EJECTION): EjectionPlan {
  return { failures, forMs: seconds * 1_000, atMostMs: atMostSeconds * 1_000, atMostPercent };
}

function discoveryPlanOf({ file, dns, consul }: DiscoveryFields, routesFile: string): DiscoveryPlan | undefined {
  if (file !== undefined) return { from: "file", file: path.resolve(path.dirname(routesFile), file) };
  if (consul) {
    return { from: "consul", ...consul, tag: consul.tag, datacenter: consul.datacenter };
  }
  if (!dns) return undefined;
  const { srv, host = "", port = 0, scheme, server, everySeconds, atLeastSeconds } = dns;
  const times = { scheme, server, everyMs: everySeconds * 1_000, atLeastMs: atLeastSeconds * 1_000 };
  return srv === undefined ? { from: "address", name: host, port, ...times } : { from: "srv", name: srv, ...times };
}
