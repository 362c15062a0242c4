// One request against one limit, counted by the server in one step: `src/domain/rate-limits.ts` in the server's language.
// A test holds both against each other. A window that slides is a list of times; anything else is one text of three words.
import { script } from './script.ts';

/**
 * Answers whether it is allowed (1 or 0), what remains, when all is free again, and after how long to come again.
 * Numbers are texts, because the server cuts off what is behind the point.
 */
export const limitScript = script(`
local key, algorithm = KEYS[1], ARGV[1]
local requests, window = tonumber(ARGV[2]), tonumber(ARGV[3])
local burst, now, counts = math.max(1, tonumber(ARGV[4])), tonumber(ARGV[5]), ARGV[6] == '1'
local tolerance = 1e-6

local function text(number) return string.format('%.17g', number) end
local function flow(elapsed) return elapsed * requests / window end
local function time_for(amount) return math.ceil(amount * window / requests - tolerance) end

local capacity = requests
if algorithm == 'token_bucket' then capacity = requests * burst end
if algorithm == 'leaky_bucket' then capacity = 1 + requests * (burst - 1) end

local kind = redis.call('TYPE', key)['ok']
local first, second
if kind == 'string' then
  local name, a, b = string.match(redis.call('GET', key), '^(%S+) (%S+) (%S+)$')
  if name == algorithm then first, second = tonumber(a), tonumber(b) end
end

local function fixed_window()
  local start, count = math.floor(now / window) * window, 0
  if first and start <= first then start, count = first, second end
  local function again() return start + window end
  return {
    room = function() return capacity - count end,
    count = function() count = count + 1 end,
    next_at = again,
    free_at = again,
    save = function() return start, count end,
  }
end

local function sliding_window()
  local function time(index) return tonumber(redis.call('LINDEX', key, index)) end
  local length = kind == 'list' and redis.call('LLEN', key) or 0
  local last = length > 0 and time(-1) or now
  local at = math.max(now, last)
  local from, to = 0, length
  while from < to do
    local middle = math.floor((from + to) / 2)
    if time(middle) > at - window then to = middle else from = middle + 1 end
  end
  local count = length - from
  return {
    room = function() return capacity - count end,
    count = function() count, last = count + 1, at end,
    next_at = function() return (requests <= count and time(-requests) or at) + window end,
    free_at = function() return count == 0 and at or last + window end,
    save = function()
      if kind ~= 'list' then redis.call('DEL', key) end
      if from > 0 then redis.call('LTRIM', key, from, -1) end
      redis.call('RPUSH', key, text(at))
    end,
  }
end

local function token_bucket()
  local at = math.max(now, second or now)
  local tokens = first and math.min(capacity, first + flow(at - second)) or capacity
  return {
    room = function() return tokens end,
    count = function() tokens = tokens - 1 end,
    next_at = function() return at + time_for(1 - tokens) end,
    free_at = function() return at + time_for(capacity - tokens) end,
    save = function() return tokens, at end,
  }
end

local function leaky_bucket()
  local at = math.max(now, second or now)
  local level = first and math.max(0, first - flow(at - second)) or 0
  local function room() return capacity - level end
  return {
    room = room,
    count = function() level = level + 1 end,
    next_at = function() return at + time_for(1 - room()) end,
    free_at = function() return at + time_for(capacity - room()) end,
    save = function() return level, at end,
  }
end

local algorithms = {
  fixed_window = fixed_window,
  sliding_window = sliding_window,
  token_bucket = token_bucket,
  leaky_bucket = leaky_bucket,
}
local state = algorithms[algorithm]()
local function remaining() return math.max(0, math.floor(state.room() + tolerance)) end

local allowed = remaining() >= 1
local retry_after = allowed and 0 or math.max(1, state.next_at() - now)
if allowed and counts then
  state.count()
  local a, b = state.save()
  -- Longer than it counts by the clock of whoever asks, which need not be ours.
  local keep = math.ceil(math.max(0, state.free_at() - now) * 1.1) + 60000
  if a then redis.call('SET', key, algorithm .. ' ' .. text(a) .. ' ' .. text(b)) end
  redis.call('PEXPIRE', key, text(keep))
end
return { allowed and '1' or '0', text(remaining()), text(state.free_at()), text(retry_after) }
`);
