import { isIPv6 } from "node:net";

/** By what an address is counted: an IPv4 address by itself, an IPv6 address by its /64, which is what one customer is given. */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%", 1).join("").toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    // A dotted quad at the end stands for two groups.
    const missing = 8 - groups.length - after.length - (address.includes(".") ? 1 : 0);
    groups.push(...Array.from({ length: missing }, () => "0"), ...after);
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
