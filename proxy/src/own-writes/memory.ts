import type { WriteMark } from "./mark.ts";

/** Marks by customer, for those who keep no cookies and are known by something else. Of this worker only, and bounded. */
export type MarkMemory = {
  set: (customer: string, mark: WriteMark) => void;
  get: (customer: string) => WriteMark | undefined;
};

const MOST_CUSTOMERS = 50_000;

export function createMarkMemory(mostCustomers = MOST_CUSTOMERS): MarkMemory {
  // A Map keeps the order in which keys came, so the first is always the oldest write.
  const marks = new Map<string, WriteMark>();
  return {
    set: (customer, mark) => {
      marks.delete(customer);
      marks.set(customer, mark);
      if (marks.size <= mostCustomers) return;
      for (const oldest of marks.keys()) {
        marks.delete(oldest);
        return;
      }
    },
    get: (customer) => marks.get(customer),
  };
}
