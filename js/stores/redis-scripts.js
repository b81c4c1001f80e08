// What runs inside Redis. Lua's numbers are doubles, exact up to 2^53; cjson reads them exactly but prints 14 digits, so
// every number is printed here by `%.0f`. Documents nobody changes are never decoded and encoded again.

/** ARGV: how many pairs were seen, those pairs, then pairs to write; "" stands for no document. */
export const COMMIT = `
local seen = tonumber(ARGV[1])
for i = 2, 1 + 2 * seen, 2 do
  if (redis.call("HGET", KEYS[1], ARGV[i]) or "") ~= ARGV[i + 1] then return 0 end
end
for i = 2 + 2 * seen, #ARGV, 2 do
  if ARGV[i + 1] == "" then
    redis.call("HDEL", KEYS[1], ARGV[i]); redis.call("ZREM", KEYS[2], ARGV[i])
  else
    redis.call("HSET", KEYS[1], ARGV[i], ARGV[i + 1]); redis.call("ZADD", KEYS[2], 0, ARGV[i])
  end
end
return 1`;

/**
 * ARGV: the operation as JSON, then the pieces of the reservation's document (see `argumentsOf`). Answers nothing when
 * the case is not plain; then the core decides. All is decided before the first write.
 */
export const APPLY = `
local op = cjson.decode(ARGV[1])
local function int(n) return string.format("%.0f", n) end
local function get(key) return redis.call("HGET", KEYS[1], key) end
local function put(key, doc) redis.call("HSET", KEYS[1], key, doc); redis.call("ZADD", KEYS[2], 0, key) end
local function drop(key) redis.call("HDEL", KEYS[1], key); redis.call("ZREM", KEYS[2], key) end

local meta = get("meta")
if not meta then return false end
local m = cjson.decode(meta)
if m.schema ~= 1 then return false end
-- Clocks differ a little. Within a quarter of an hour no period ends, in whatever zone.
local quarter = 900000
if op.op == "reserve" and m.hw_ms > op.now and math.floor(m.hw_ms / quarter) ~= math.floor(op.now / quarter) then return false end
local rkey = "r/" .. op.id
local record = get(rkey)
local more = op.op == "reserve" and op.amount or op.op == "settle" and op.actual or 0
local buckets = {}
for i, b in ipairs(op.buckets) do
  local text = get(b.key)
  local doc = text and cjson.decode(text) or {settled = 0, reserved = 0, n = 0, estimated = 0, tokens_in = 0, tokens_out = 0}
  if doc.settled + doc.reserved + more > ${Number.MAX_SAFE_INTEGER} then return false end
  buckets[i] = {key = b.key, limit = b.limit, alert = b.alert, doc = doc}
end
local FIELDS = {"limit_seen", "settled", "reserved", "n", "estimated", "tokens_in", "tokens_out", "alert_sent"}
local function finish()
  for _, b in ipairs(buckets) do
    local parts = {}
    for _, name in ipairs(FIELDS) do
      if b.doc[name] then parts[#parts + 1] = '"' .. name .. '":' .. int(b.doc[name]) end
    end
    put(b.key, "{" .. table.concat(parts, ",") .. "}")
  end
  if m.hw_ms < op.now then put("meta", (meta:gsub('"hw_ms":%d+', '"hw_ms":' .. int(op.now), 1))) end
end

if op.op == "reserve" then
  if record then return false end
  local amount, least, room = op.amount, nil, nil
  for _, b in ipairs(buckets) do
    if op.enforce and b.limit then
      local left = math.max(b.limit - b.doc.settled - b.doc.reserved, 0)
      if not room or left < room then least, room = b, left end
    end
  end
  if room and room < op.at_least then
    return '{"result":"refused","key":' .. cjson.encode(least.key) .. ',"limit":' .. int(least.limit) .. ',"settled":' .. int(least.doc.settled)
      .. ',"reserved":' .. int(least.doc.reserved) .. ',"requested":' .. int(op.at_least) .. "}"
  end
  if room and room < amount then amount = room end
  for _, b in ipairs(buckets) do
    b.doc.limit_seen = b.limit
    b.doc.reserved = b.doc.reserved + amount
  end
  finish()
  put("o/" .. op.owner .. "/" .. op.id, '{"deadline":' .. int(op.deadline) .. "}")
  put(rkey, ARGV[2] .. int(amount) .. ARGV[3])
  return '{"result":"pending","amount":' .. int(amount) .. "}"
end

if not record or record:sub(1, #ARGV[2]) ~= ARGV[2] then return false end
local r = cjson.decode(record)
for _, b in ipairs(buckets) do
  if b.doc.reserved < r.amount then return false end
end
local alerts = {}
for _, b in ipairs(buckets) do
  local d = b.doc
  d.reserved = d.reserved - r.amount
  if op.op == "settle" then
    d.settled = d.settled + op.actual
    d.n = d.n + 1
    if op.estimated then d.estimated = d.estimated + 1 end
    d.tokens_in = d.tokens_in + op.tokens_in
    d.tokens_out = d.tokens_out + op.tokens_out
    if b.alert and d.settled >= b.alert and (not d.alert_sent or d.alert_sent < b.alert) then
      d.alert_sent = b.alert
      alerts[#alerts + 1] = '{"key":' .. cjson.encode(b.key) .. (b.limit and ',"limit":' .. int(b.limit) or "")
        .. ',"alert":' .. int(b.alert) .. ',"settled":' .. int(d.settled) .. "}"
    end
  end
end
finish()
local over = op.op == "settle" and op.actual > r.amount and ',"over_reserved":true' or ""
put(rkey, ARGV[3] .. record:sub(#ARGV[2] + 1, -2) .. ARGV[4] .. over .. ARGV[5] .. "}")
drop("o/" .. r.owner .. "/" .. op.id)
return '{"result":"' .. (op.op == "settle" and "posted" or "voided") .. '","amount":' .. int(op.op == "settle" and op.actual or r.amount)
  .. ',"alerts":[' .. table.concat(alerts, ",") .. "]}"`;

const OPENS = '{"state":"pending"';

/**
 * The operation, and the reservation's document cut where the script knows better: around the amount when it is new;
 * else how it began and shall begin, and what is added at its end before and after `over_reserved`.
 */
export function argumentsOf(op) {
  const slim = JSON.stringify({ ...op, buckets: bucketsOf(op), usage: undefined, tags: undefined }, (_, value) => value ?? undefined);
  if (op.op === "reserve") return [slim, ...cutAtAmount(op)];
  if (op.op === "void") return [slim, OPENS, '{"state":"voided"', `,"closed":${op.now}`, ""];
  const estimated = op.estimated ? ',"estimated":true' : "";
  const usage = op.usage ? `,"usage":${JSON.stringify(op.usage)}` : "";
  return [slim, OPENS, '{"state":"posted"', `,"closed":${op.now},"actual":${op.actual}${estimated}`, usage];
}

function cutAtAmount({ owner, buckets, now, deadline, provider, model, attempt, tags }) {
  const rest = { buckets: buckets.map(({ key }) => key), created: now, deadline, provider, model, attempt, tags };
  return [`${OPENS},"owner":${JSON.stringify(owner)},"amount":`, `,${JSON.stringify(rest).slice(1)}`];
}

/** Settle and void name their buckets by key alone, alerts apart. */
function bucketsOf({ op, buckets, alerts = [] }) {
  return op === "reserve" ? buckets : buckets.map((key) => ({ key, ...alerts.find((alert) => alert.key === key) }));
}
