import { OWN_COOKIE } from "../../customer/own-cookie.ts";
import { rangeEnd } from "../../customer/hash.ts";
import type { Condition } from "../../routes/conditions.ts";
import { sharedRules, type Answer, type Key, type Model } from "../model.ts";
import { HASH_FUNCTIONS } from "./lua-hashes.ts";

/** Which side of a canary the script has found; nobody else may say so. */
export const SIDE_HEADER = "x-strangler-side";

/** That the condition of this number on the query holds. */
export function queryHeader(index: number): string {
  return `x-strangler-query-${index + 1}`;
}

/** The conditions on the query, which Envoy would compare undecoded. */
export function queryTests({ rules }: Model): Condition[] {
  return rules.flatMap(({ conditions }) => conditions.filter(({ where }) => where === "query"));
}

/** Runs before the route table: one form of the path, the query's conditions, the customer and her side, the request's identity. */
export function luaScript(model: Model): string {
  const splits = sharedRules(model);
  return [
    PATH,
    TEXT,
    ...(splits.length === 0 ? [] : [HASH_FUNCTIONS]),
    queryTable(model),
    `local hidden = { ${model.hidden.cookies.map((name) => `[${text(name)}] = true`).join(", ")} }\n`,
    splitTable(splits.map(({ rule, split }) => [rule.id, split])),
    `local port_told = ${String(model.portTold)}\n`,
    REQUEST,
  ].join("\n");
}

// --- internal ---

function queryTable(model: Model): string {
  const entries = queryTests(model).map(
    ({ name, value }) => `  { name = ${text(name)}${value === undefined ? "" : `, value = ${text(value)}`} },`,
  );
  return ["local queries = {", ...entries, "}", ""].join("\n");
}

type Split = Extract<Answer, { by: "share" }>;

function splitTable(splits: readonly (readonly [string, Split])[]): string {
  const entries = splits.map(([id, split]) => {
    const keys = split.keys.map(keyEntry).join(", ");
    return `  [${text(id)}] = { ${sideOf(split)}, keys = { ${keys} } },`;
  });
  return ["local splits = {", ...entries, "}", ""].join("\n");
}

function sideOf({ hash, share }: Split): string {
  if (hash === "xxh32-mod") return `number = function(octets) return xxh32(octets) % 10000 end, below = ${share}`;
  return `number = murmur2, below = ${share === 10_000 ? 2 ** 32 : rangeEnd(share)}`;
}

function keyEntry(key: Key): string {
  return key.from === "address" ? '{ from = "address" }' : `{ from = "${key.from}", name = ${text(key.name)} }`;
}

// Lua has no escape for Unicode; octets by their decimal numbers it has.
function text(value: string): string {
  const octets = [...Buffer.from(value, "utf8")];
  const plain = (octet: number) => octet >= 0x20 && octet < 0x7f && octet !== 0x22 && octet !== 0x5c;
  const spelled = octets.map((octet) =>
    plain(octet) ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, "0")}`,
  );
  return `"${spelled.join("")}"`;
}

const PATH = `-- One form of a path: unreserved characters plain, other encoded octets in capital digits (RFC 3986 section 6.2.2).
local function canonical(path)
  return (path:gsub("%%(%x%x)", function(digits)
    local character = string.char(tonumber(digits, 16))
    if character:match("[%w._~-]") then return character end
    return "%" .. digits:upper()
  end))
end
`;

const TEXT = `local function decoded(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- The first parameter of that name, decoded.
local function parameter(query, wanted)
  for pair in query:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    if decoded(name) == wanted then return decoded(value) end
  end
end

-- The first cookie of that name, without blanks around it.
local function cookie(headers, wanted)
  for pair in (headers:get("cookie") or ""):gmatch("[^;]+") do
    local name, value = pair:match("^%s*([^=]-)%s*=%s*(.-)%s*$")
    if name == wanted then return value end
  end
end

-- The header's cookies without those names; nil where nothing is to be taken out.
local function without(cookies, names)
  local rest, found = {}, false
  for pair in cookies:gmatch("[^;]+") do
    if names[pair:match("^%s*([^=]-)%s*=")] then found = true else rest[#rest + 1] = pair:match("^%s*(.*)$") end
  end
  return found and table.concat(rest, "; ") or nil
end

local random = assert(io.open("/dev/urandom", "rb"))
local function hex(bytes)
  return (random:read(bytes):gsub(".", function(octet) return string.format("%02x", octet:byte()) end))
end
`;

const REQUEST = `local own = "${OWN_COOKIE}"

local function address(handle)
  return (handle:streamInfo():downstreamRemoteAddress():gsub(":%d+$", ""):gsub("[%[%]]", ""))
end

-- The customer by the first of her keys that is there, behind them all by our own cookie.
local function named(handle, headers, keys)
  for _, key in ipairs(keys) do
    local value
    if key.from == "cookie" then value = cookie(headers, key.name) end
    if key.from == "header" then value = headers:get(key.name) end
    if key.from == "address" then value = address(handle) end
    if value and value ~= "" then return value end
  end
  local value = cookie(headers, own)
  if not value then return nil end
  -- 22 characters, and perhaps a signature of 22 more behind a dot.
  local first, second = value:match("^([%w_-]+)$"), nil
  if not first then first, second = value:match("^([%w_-]+)%.([%w_-]+)$") end
  if first and #first == 22 and (second == nil or #second == 22) then return value end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local target = headers:get(":path")
  if #target > 8192 then
    handle:respond({ [":status"] = "414" }, "")
    return
  end
  local path, query = target:match("^([^?]*)(.*)$")
  local form = canonical(path)
  if form ~= path then headers:replace(":path", form .. query) end

  headers:remove("${SIDE_HEADER}")
  for index, wanted in ipairs(queries) do
    local value = parameter(query:sub(2), wanted.name)
    local holds = value ~= nil and (wanted.value == nil or wanted.value == value)
    headers:replace("x-strangler-query-" .. index, holds and "1" or "0")
  end
  handle:clearRouteCache()

  local split = splits[handle:metadata():get("route")]
  if split then
    local customer = named(handle, headers, split.keys)
    if not customer then
      customer = handle:base64Escape(random:read(16)):gsub("+", "-"):gsub("/", "_"):gsub("=", "")
      handle:streamInfo():dynamicMetadata():set("strangler", "minted", customer)
    end
    if split.number(handle:metadata():get("route") .. customer) < split.below then
      headers:replace("${SIDE_HEADER}", "service")
      handle:clearRouteCache()
    end
  end

  headers:replace("x-forwarded-for", address(handle))
  headers:remove("x-forwarded-port")
  if port_told then
    local scheme = headers:get("x-forwarded-proto") == "https" and "443" or "80"
    headers:replace("x-forwarded-port", headers:get(":authority"):match(":(%d+)$") or scheme)
  end
  local id = headers:get("x-request-id")
  if not id or #id > 128 or id:match("[^%w_.:-]") then
    headers:replace("x-request-id", hex(16))
  end
  local version, trace, parent, flags = (headers:get("traceparent") or ""):match("^(%x%x)-(%x+)-(%x+)-(%x%x)$")
  local known = version == "00" and #trace == 32 and #parent == 16 and trace:match("[^0]") and parent:match("[^0]")
  headers:replace("traceparent", "00-" .. (known and trace:lower() or hex(16)) .. "-" .. hex(8) .. "-01")
  local rest = without(headers:get("cookie") or "", hidden)
  if rest == "" then headers:remove("cookie") elseif rest then headers:replace("cookie", rest) end
end

function envoy_on_response(handle)
  local ours = handle:streamInfo():dynamicMetadata():get("strangler")
  if ours and ours.minted then
    handle:headers():add("set-cookie", own .. "=" .. ours.minted .. "; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax")
  end
end
`;
