import { Resolver } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { errorCode } from "@strangler/platform";
import type { Found } from "../instance.ts";
import type { AddressPlan, SrvPlan } from "../pool-plan.ts";
import type { Discovery, DiscoveryEvents } from "./discovery.ts";

/** Follows SRV records (RFC 2782): priorities and weights are kept, targets become their addresses unless they are spoken to by TLS. */
export function followSrvRecords(plan: SrvPlan, events: DiscoveryEvents): Discovery {
  return follow(plan, `dns SRV ${plan.name}`, events, async (resolver) => {
    const records = await resolver.resolveSrv(plan.name);
    // A target of "." says that the service is decidedly not available here: RFC 2782.
    const targets = records.filter(({ name }) => name !== "" && name !== ".");
    const answers = await Promise.all(targets.map((record) => findTarget(resolver, plan, record)));
    return { instances: answers.flatMap(({ instances }) => instances), ttlMs: shortest(answers) };
  });
}

/** Follows the A and AAAA records of a name. */
export function followAddressRecords(plan: AddressPlan, events: DiscoveryEvents): Discovery {
  return follow(plan, `dns A and AAAA ${plan.name}`, events, async (resolver) => {
    const { addresses, ttlMs } = await resolveAddresses(resolver, plan.name);
    return { instances: addresses.map((address) => instanceAt(plan.scheme, address, plan.port)), ttlMs };
  });
}

// --- internal ---

type Times = Pick<SrvPlan, "server" | "everyMs" | "atLeastMs">;
type Answer = { instances: Found[]; ttlMs: number };
type Srv = { name: string; port: number; weight: number; priority: number };

const QUERY = { timeout: 1_000, tries: 2 };

function follow(
  { server, everyMs, atLeastMs }: Times,
  from: string,
  { found, failed }: DiscoveryEvents,
  ask: (resolver: Resolver) => Promise<Answer>,
): Discovery {
  const resolver = new Resolver(QUERY);
  if (server !== undefined) resolver.setServers([server]);
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function look(): Promise<void> {
    // What could not be asked is asked again soon, what was answered when it expires.
    let ttlMs = 0;
    try {
      const answer = await ask(resolver);
      ttlMs = answer.ttlMs;
      if (!closed) found(answer.instances);
    } catch (error) {
      if (!closed) failed(errorCode(error) ?? String(error));
    }
    if (!closed) schedule(Math.min(Math.max(ttlMs, atLeastMs), everyMs));
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => void look(), delayMs);
    timer.unref();
  }

  schedule(0);
  return {
    from,
    close: () => {
      closed = true;
      clearTimeout(timer);
      resolver.cancel();
    },
  };
}

async function findTarget(resolver: Resolver, { scheme, everyMs }: SrvPlan, record: Srv): Promise<Answer> {
  const { name, port, priority } = record;
  const weight = Math.max(1, record.weight);
  // A certificate names the target, not its address.
  if (scheme === "https") {
    return { instances: [{ origin: new URL(`https://${name}:${port}`).origin, weight, priority }], ttlMs: everyMs };
  }
  const { addresses, ttlMs } = await resolveAddresses(resolver, name);
  return { instances: addresses.map((address) => ({ ...instanceAt(scheme, address, port), weight, priority })), ttlMs };
}

type Addresses = { addresses: string[]; ttlMs: number };

// One of the two kinds is enough. Only when both bring nothing, the reason is the first one's.
async function resolveAddresses(resolver: Resolver, name: string): Promise<Addresses> {
  const [v4, v6] = await Promise.allSettled([
    resolver.resolve4(name, { ttl: true }),
    resolver.resolve6(name, { ttl: true }),
  ]);
  const records = [v4, v6].flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
  if (records.length === 0 && v4.status === "rejected") throw v4.reason;
  return {
    addresses: records.map(({ address }) => address),
    ttlMs: 1_000 * Math.min(...records.map(({ ttl }) => ttl)),
  };
}

function instanceAt(scheme: string, address: string, port: number): Found {
  const host = isIPv6(address) ? `[${address}]` : address;
  return { origin: new URL(`${scheme}://${host}:${port}`).origin, weight: 1, priority: 0 };
}

// node:dns does not tell the TTL of SRV records; that of their targets' addresses stands in for it.
function shortest(answers: readonly Answer[]): number {
  return Math.min(...answers.map(({ ttlMs }) => ttlMs));
}
