// The four ways to limit requests, as pure functions over a small state that any store can keep. They know no clock.

export const limitAlgorithms = ['sliding_window', 'token_bucket', 'fixed_window', 'leaky_bucket'] as const;
export type LimitAlgorithm = (typeof limitAlgorithms)[number];

export interface LimitRule {
  requests: number;
  windowMs: number;
  algorithm: LimitAlgorithm;
  /** How far a bucket may exceed its rate for a moment; 1 for none. Windows know no burst. */
  burstMultiplier: number;
}

export interface LimitDecision {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** When the whole limit is free again, milliseconds since 1970. */
  resetAt: number;
  /** 0 when allowed. */
  retryAfterMs: number;
}

export type LimitState =
  | { algorithm: 'fixed_window'; start: number; count: number }
  /** When each request of the last window was let through, in order. */
  | { algorithm: 'sliding_window'; times: number[]; at: number }
  | { algorithm: 'token_bucket'; tokens: number; at: number }
  /** What has flowed in and not yet leaked out. */
  | { algorithm: 'leaky_bucket'; level: number; at: number };

/** What would be answered now, with nothing counted. */
export function peekLimit(rule: LimitRule, state: LimitState | null, now: number): LimitDecision {
  if (rule.requests < 1) return closed(rule, now);
  return decision(rule, current(rule, state, now), now);
}

/** Counts one request if there is room; the state is null when it stays as it was. */
export function takeLimit(
  rule: LimitRule,
  state: LimitState | null,
  now: number,
): { decision: LimitDecision; state: LimitState | null } {
  if (rule.requests < 1) return { decision: closed(rule, now), state: null };
  const before = current(rule, state, now);
  const refused = decision(rule, before, now);
  if (!refused.allowed) return { decision: refused, state: null };
  const after = counted(before);
  return { decision: { ...decision(rule, after, now), allowed: true, retryAfterMs: 0 }, state: after };
}

/** Differences of floating point must not refuse a request that comes exactly when it was told to. */
const tolerance = 1e-6;

const closed = (rule: LimitRule, now: number): LimitDecision => ({
  allowed: false,
  limit: 0,
  remaining: 0,
  resetAt: now + rule.windowMs,
  retryAfterMs: rule.windowMs,
});

function decision(rule: LimitRule, state: LimitState, now: number): LimitDecision {
  const remaining = Math.max(0, Math.floor(room(rule, state) + tolerance));
  const allowed = remaining >= 1;
  return {
    allowed,
    limit: Math.floor(capacity(rule) + tolerance),
    remaining,
    resetAt: freeAt(rule, state),
    retryAfterMs: allowed ? 0 : Math.max(1, nextAt(rule, state) - now),
  };
}

/** The state at this moment. A clock that went back changes nothing; another algorithm begins anew. */
function current(rule: LimitRule, state: LimitState | null, now: number): LimitState {
  const fresh = empty(rule, now);
  if (state === null || state.algorithm !== fresh.algorithm) return fresh;
  switch (state.algorithm) {
    case 'fixed_window':
      return windowStart(rule, now) > state.start ? fresh : state;
    case 'sliding_window': {
      const at = Math.max(now, state.at);
      const first = state.times.findIndex((time) => time > at - rule.windowMs);
      return { ...state, times: first === 0 ? state.times : first < 0 ? [] : state.times.slice(first), at };
    }
    case 'token_bucket': {
      const at = Math.max(now, state.at);
      return { ...state, tokens: Math.min(capacity(rule), state.tokens + flow(rule, at - state.at)), at };
    }
    case 'leaky_bucket': {
      const at = Math.max(now, state.at);
      return { ...state, level: Math.max(0, state.level - flow(rule, at - state.at)), at };
    }
  }
}

function empty(rule: LimitRule, now: number): LimitState {
  switch (rule.algorithm) {
    case 'fixed_window':
      return { algorithm: 'fixed_window', start: windowStart(rule, now), count: 0 };
    case 'sliding_window':
      return { algorithm: 'sliding_window', times: [], at: now };
    case 'token_bucket':
      return { algorithm: 'token_bucket', tokens: capacity(rule), at: now };
    case 'leaky_bucket':
      return { algorithm: 'leaky_bucket', level: 0, at: now };
  }
}

function counted(state: LimitState): LimitState {
  switch (state.algorithm) {
    case 'fixed_window':
      return { ...state, count: state.count + 1 };
    case 'sliding_window':
      return { ...state, times: [...state.times, state.at] };
    case 'token_bucket':
      return { ...state, tokens: state.tokens - 1 };
    case 'leaky_bucket':
      return { ...state, level: state.level + 1 };
  }
}

/**
 * A token bucket saves up the requests of one window, times the burst. A leaky bucket saves nothing up: without a burst,
 * requests pass one by one at the rate.
 */
function capacity(rule: LimitRule): number {
  const burst = Math.max(1, rule.burstMultiplier);
  if (rule.algorithm === 'token_bucket') return rule.requests * burst;
  if (rule.algorithm === 'leaky_bucket') return 1 + rule.requests * (burst - 1);
  return rule.requests;
}

function room(rule: LimitRule, state: LimitState): number {
  switch (state.algorithm) {
    case 'fixed_window':
      return capacity(rule) - state.count;
    case 'sliding_window':
      return capacity(rule) - state.times.length;
    case 'token_bucket':
      return state.tokens;
    case 'leaky_bucket':
      return capacity(rule) - state.level;
  }
}

/** When there is room for one request. */
function nextAt(rule: LimitRule, state: LimitState): number {
  switch (state.algorithm) {
    case 'fixed_window':
      return state.start + rule.windowMs;
    case 'sliding_window':
      // The rule may have become stricter since: then more than one must leave.
      return (state.times.at(-rule.requests) ?? state.at) + rule.windowMs;
    case 'token_bucket':
    case 'leaky_bucket':
      return state.at + timeFor(rule, 1 - room(rule, state));
  }
}

function freeAt(rule: LimitRule, state: LimitState): number {
  switch (state.algorithm) {
    case 'fixed_window':
      return state.start + rule.windowMs;
    case 'sliding_window':
      return state.times.length === 0 ? state.at : (state.times.at(-1) ?? state.at) + rule.windowMs;
    case 'token_bucket':
    case 'leaky_bucket':
      return state.at + timeFor(rule, capacity(rule) - room(rule, state));
  }
}

const windowStart = (rule: LimitRule, now: number): number => Math.floor(now / rule.windowMs) * rule.windowMs;
const flow = (rule: LimitRule, elapsedMs: number): number => (elapsedMs * rule.requests) / rule.windowMs;
const timeFor = (rule: LimitRule, requests: number): number =>
  Math.ceil((requests * rule.windowMs) / rule.requests - tolerance);
