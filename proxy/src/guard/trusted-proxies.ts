import { BlockList, isIP } from "node:net";

/** Whether what this address says about the client may be believed. */
export type IsTrusted = (address: string | undefined) => boolean;

/** Takes addresses and networks ("10.0.0.0/8"). Throws a RangeError naming an entry that is neither. */
export function createTrustedProxies(entries: readonly string[]): IsTrusted {
  if (entries.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry);
  return (address) => {
    if (address === undefined) return false;
    // A dual-stack socket shows an IPv4 peer as ::ffff:10.0.0.1.
    const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
    return list.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
  };
}

// --- internal ---

function addEntry(list: BlockList, entry: string): void {
  const [address = "", prefix] = entry.split("/");
  const family = isIP(address);
  const bits = prefix === undefined ? undefined : Number(prefix);
  const most = family === 6 ? 128 : 32;
  if (family === 0 || (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= most))) {
    throw new RangeError(`"${entry}" is neither an IP address nor a network such as 10.0.0.0/8`);
  }
  if (bits === undefined) list.addAddress(address, family === 6 ? "ipv6" : "ipv4");
  else list.addSubnet(address, bits, family === 6 ? "ipv6" : "ipv4");
}
