import { rangeEnd, type HashName } from "../../customer/hash.ts";
import { sharedRules, type Model } from "../model.ts";

// HAProxy knows XXH32 but not MurmurHash2. Its Lua has 64-bit integers, so the hash is a few lines there.

export const MURMUR_FILE = "strangler-murmur2.lua";

/** Whether a route asks for the hash that has to be brought along. */
export function needsMurmur(model: Model): boolean {
  return sharedRules(model).some(({ split }) => split.hash === "murmur2-range");
}

/** What makes a number of salt and key, and below which number the service answers. */
export function sideTest(hash: HashName, share: number): string {
  if (hash === "xxh32-mod") return `xxh32(0),mod(10000) -m int lt ${share}`;
  // The last value of the hash is beyond every range, and belongs to the service only where all do.
  return `lua.strangler_murmur2 -m int lt ${share === 10_000 ? 2 ** 32 : rangeEnd(share)}`;
}

export const MURMUR_SCRIPT = `-- MurmurHash2, 32 bits, seed 0, as nginx's split_clients computes it. Made by "strangler route export --to haproxy".
core.register_converters("strangler_murmur2", function(text)
  local m, mask = 0x5bd1e995, 0xffffffff
  local hash, at, left = #text & mask, 1, #text
  while left >= 4 do
    local block = (string.unpack("<I4", text, at) * m) & mask
    block = ((block ~ (block >> 24)) * m) & mask
    hash = ((hash * m) & mask) ~ block
    at, left = at + 4, left - 4
  end
  if left == 3 then hash = hash ~ (text:byte(at + 2) << 16) end
  if left >= 2 then hash = hash ~ (text:byte(at + 1) << 8) end
  if left >= 1 then hash = ((hash ~ text:byte(at)) * m) & mask end
  hash = ((hash ~ (hash >> 13)) * m) & mask
  return hash ~ (hash >> 15)
end)
`;
