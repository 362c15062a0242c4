// What the server does with a lease in one step. A lease is a hash: `holder` (absent once it was given up), `term`, `writer` and
// `turn` (who wrote it and how manieth time: together its stamp), `ttl`. It outlives its ttl, because the server's clock does not end
// it: whoever wants it has seen the same stamp for that long.
import { script } from './script.ts';

/**
 * Values: holder, ttl, writer, turn, the highest term known, the stamp that was seen for a whole period (or nothing), whether an
 * absent one is free. Answers holder, term, stamp and ttl as they are now; nothing when there is none.
 */
export const acquireScript = script(`
local key, holder, ttl, writer, turn = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local known, lapsed, absent_is_free = tonumber(ARGV[5]), ARGV[6], ARGV[7] == '1'
local there = redis.call('HMGET', key, 'holder', 'term', 'writer', 'turn', 'ttl')
local term = tonumber(there[2] or 0)

if not there[2] and not absent_is_free then return {} end
if there[1] and there[1] ~= holder then
  local stamp = there[3] .. ':' .. there[4]
  if stamp ~= lapsed then return { there[1], there[2], stamp, there[5] } end
end
if there[1] ~= holder then
  -- Higher than any before, also when what was there is lost.
  local time = redis.call('TIME')
  term = math.max(term + 1, known + 1, time[1] * 1000 + math.floor(time[2] / 1000))
end
local text = string.format('%.0f', term)
redis.call('HSET', key, 'holder', holder, 'term', text, 'writer', writer, 'turn', turn, 'ttl', ttl)
redis.call('PEXPIRE', key, 3 * tonumber(ttl))
return { holder, text, writer .. ':' .. turn, ttl }
`);

/**
 * Values: holder, writer, turn. A command that was held up on its way gives up nothing that was taken after it was sent.
 * What is left says for a minute that it was given up and not lost.
 */
export const releaseScript = script(`
local there = redis.call('HMGET', KEYS[1], 'holder', 'writer', 'turn')
if there[1] ~= ARGV[1] or there[2] ~= ARGV[2] or tonumber(there[3]) > tonumber(ARGV[3]) then return {} end
redis.call('HDEL', KEYS[1], 'holder')
redis.call('PEXPIRE', KEYS[1], 60000)
return {}
`);
