// LuaJIT's numbers are doubles and its bit operations have 32 bits with a sign: a product of two 32-bit numbers is put together
// from two products that a double holds exactly.

/** XXH32 and MurmurHash2 with seed 0, as HAProxy and nginx compute them: functions from a string to 0..2^32-1. */
export const HASH_FUNCTIONS = `local band, bxor, rshift, lshift, rol, tobit = bit.band, bit.bxor, bit.rshift, bit.lshift, bit.rol, bit.tobit

local function times(value, constant)
  return tobit(tobit(band(value, 0xffff) * constant) + lshift(tobit(rshift(value, 16) * constant), 16))
end

local function unsigned(value)
  return value % 4294967296
end

local function word(octets, at)
  local a, b, c, d = octets:byte(at, at + 3)
  return tobit(a + b * 256 + c * 65536 + d * 16777216)
end

local P1, P2, P3, P4, P5 = 0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1

local function xxh32(octets)
  local length, at, hash = #octets, 1, tobit(P5)
  if length >= 16 then
    local lanes = { tobit(P1 + P2), tobit(P2), 0, tobit(-P1) }
    while at + 15 <= length do
      for lane = 1, 4 do
        lanes[lane] = times(rol(tobit(lanes[lane] + times(word(octets, at), P2)), 13), P1)
        at = at + 4
      end
    end
    hash = tobit(rol(lanes[1], 1) + rol(lanes[2], 7) + rol(lanes[3], 12) + rol(lanes[4], 18))
  end
  hash = tobit(hash + length)
  while at + 3 <= length do
    hash = times(rol(tobit(hash + times(word(octets, at), P3)), 17), P4)
    at = at + 4
  end
  while at <= length do
    hash = times(rol(tobit(hash + times(octets:byte(at), P5)), 11), P1)
    at = at + 1
  end
  hash = times(bxor(hash, rshift(hash, 15)), P2)
  hash = times(bxor(hash, rshift(hash, 13)), P3)
  return unsigned(bxor(hash, rshift(hash, 16)))
end

local function murmur2(octets)
  local M, left, at = 0x5bd1e995, #octets, 1
  local hash = tobit(left)
  while left >= 4 do
    local block = times(word(octets, at), M)
    hash = bxor(times(hash, M), times(bxor(block, rshift(block, 24)), M))
    at, left = at + 4, left - 4
  end
  if left == 3 then hash = bxor(hash, lshift(octets:byte(at + 2), 16)) end
  if left >= 2 then hash = bxor(hash, lshift(octets:byte(at + 1), 8)) end
  if left >= 1 then hash = times(bxor(hash, octets:byte(at)), M) end
  hash = times(bxor(hash, rshift(hash, 13)), M)
  return unsigned(bxor(hash, rshift(hash, 15)))
end
`;
