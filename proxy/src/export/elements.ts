import { CARRIAGE } from "./elements/carriage.ts";
import { CONTROL } from "./elements/control.ts";
import { CUSTOMERS } from "./elements/customers.ts";
import { EDGE } from "./elements/edge.ts";
import type { Element } from "./elements/element.ts";
import { MATCHING } from "./elements/matching.ts";
import { SHADOWING } from "./elements/shadowing.ts";
import { UPSTREAMS } from "./elements/upstreams.ts";

/** Everything that this proxy does, and what becomes of it in other engines, in the order of the documentation. */
export const ELEMENT_GROUPS: readonly { title: string; elements: readonly Element[] }[] = [
  { title: "Which requests", elements: MATCHING },
  { title: "Which customers", elements: CUSTOMERS },
  { title: "Shadow", elements: SHADOWING },
  { title: "Upstreams, limits, tokens", elements: UPSTREAMS },
  { title: "How requests are carried", elements: CARRIAGE },
  { title: "Every request", elements: EDGE },
  { title: "Changing and watching", elements: CONTROL },
];

export const ELEMENTS: readonly Element[] = ELEMENT_GROUPS.flatMap(({ elements }) => elements);
