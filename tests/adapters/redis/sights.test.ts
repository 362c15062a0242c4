// When a process may take a lease, from what it has seen: by its own clock, and never from somebody who may still believe.
import { describe, expect, test } from 'bun:test';
import { createSights, type Entry } from '#src/adapters/redis/sights.ts';

const ttlMs = 100;
const entry = (stamp: string, holder: string | null = 'a', term = 7): Entry => ({
  holder,
  term,
  stamp,
  ttlMs,
});

describe('what was seen of a lease', () => {
  test('nothing: what is not there is free', () => {
    expect(createSights().claimOf('x', 'b', 0)).toEqual({ lapsed: null, absentIsFree: true, term: 0 });
  });

  test('a stamp for a whole period: that very one may be taken, and not before', () => {
    const sights = createSights();
    sights.saw('x', entry('1'), 0);
    sights.saw('x', entry('1'), 60);
    expect(sights.claimOf('x', 'b', 99)).toEqual({ lapsed: null, absentIsFree: false, term: 7 });
    expect(sights.hasLapsed('x', 99)).toBe(false);
    expect(sights.claimOf('x', 'b', 100)).toEqual({ lapsed: '1', absentIsFree: false, term: 7 });
    expect(sights.hasLapsed('x', 100)).toBe(true);
  });

  test('another stamp: the period begins anew', () => {
    const sights = createSights();
    sights.saw('x', entry('1'), 0);
    sights.saw('x', entry('2'), 60);
    expect(sights.claimOf('x', 'b', 159).lapsed).toBeNull();
    expect(sights.claimOf('x', 'b', 160).lapsed).toBe('2');
  });

  test('that it was given up: free at once', () => {
    const sights = createSights();
    sights.saw('x', entry('1'), 0);
    sights.saw('x', entry('1', null), 10);
    expect(sights.claimOf('x', 'b', 10)).toEqual({ lapsed: null, absentIsFree: true, term: 7 });
    sights.saw('x', null, 20);
    expect(sights.claimOf('x', 'b', 20)).toEqual({ lapsed: null, absentIsFree: true, term: 7 });
  });

  test('that it was lost: free after a whole period, however often somebody looked', () => {
    const sights = createSights();
    sights.saw('x', entry('1'), 0);
    // Its holder may have renewed it after we looked.
    expect(sights.claimOf('x', 'b', 150).absentIsFree).toBe(false);
    sights.saw('x', null, 150);
    sights.saw('x', null, 200);
    expect(sights.claimOf('x', 'b', 249)).toEqual({ lapsed: null, absentIsFree: false, term: 7 });
    expect(sights.claimOf('x', 'b', 250)).toEqual({ lapsed: null, absentIsFree: true, term: 7 });
    sights.saw('x', entry('9'), 250);
    expect(sights.claimOf('x', 'b', 260).absentIsFree).toBe(false);
  });

  test('our own that was lost: ours again while our period runs, not after it', () => {
    const sights = createSights();
    sights.saw('x', entry('1'), 0);
    expect(sights.claimOf('x', 'a', 99).absentIsFree).toBe(true);
    expect(sights.claimOf('x', 'a', 100).absentIsFree).toBe(false);
  });

  test('of very many: the ones seen longest ago are forgotten', () => {
    const sights = createSights();
    for (let index = 0; index <= 10_000; index += 1) {
      sights.saw(`pod:${index}`, entry('1'), 0);
      sights.saw('scheduler', entry('1'), 0);
    }
    expect(sights.claimOf('pod:0', 'b', 500).lapsed).toBeNull();
    expect(sights.claimOf('pod:1', 'b', 500).lapsed).toBeNull();
    expect(sights.claimOf('pod:2', 'b', 500).lapsed).toBe('1');
    expect(sights.claimOf('scheduler', 'b', 500).lapsed).toBe('1');
  });
});
