import type { Found } from "../instance.ts";
import type { DiscoveryPlan } from "../pool-plan.ts";
import { followConsul } from "./consul.ts";
import { followAddressRecords, followSrvRecords } from "./dns.ts";
import { followInstancesFile } from "./file.ts";

/** What a source of instances reports, again and again. An empty list is never reported: it is a failure. */
export type DiscoveryEvents = {
  found: (instances: readonly Found[]) => void;
  failed: (reason: string) => void;
};

export type DiscoveryOptions = {
  /** Consul's access token. */
  consulToken?: string | undefined;
};

export type Discovery = {
  /** What is asked where, for people. */
  readonly from: string;
  close: () => void;
};

/** Follows a source. Its first report comes later, never within this call. */
export function startDiscovery(
  plan: DiscoveryPlan,
  events: DiscoveryEvents,
  { consulToken }: DiscoveryOptions,
): Discovery {
  const checked = refuseBadLists(events);
  switch (plan.from) {
    case "file":
      return followInstancesFile(plan, checked);
    case "srv":
      return followSrvRecords(plan, checked);
    case "address":
      return followAddressRecords(plan, checked);
    case "consul":
      return followConsul(plan, checked, consulToken);
  }
}

// --- internal ---

const MOST_INSTANCES = 1_000;

// A registry that has lost its memory, a record deleted by mistake, and a service without instances look the same. The first two
// must not take a service down, and in the third its old addresses refuse at once.
function refuseBadLists({ found, failed }: DiscoveryEvents): DiscoveryEvents {
  return {
    failed,
    found: (instances) => {
      if (instances.length === 0) failed("the list is empty");
      else if (instances.length > MOST_INSTANCES) failed(`the list has more than ${MOST_INSTANCES} instances`);
      else found(instances);
    },
  };
}
