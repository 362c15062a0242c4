// A few seeds, each played twice; `bun scripts/sim.ts` plays many. The regressions come first.
import { describe, expect, test } from 'bun:test';
import { createMachine } from 'xstate';
import { coverageFrom, mayOccur, missing, rareFrom, stale, turnsOf, unexpected } from './coverage.ts';
import { regressions } from './regressions.ts';
import { simulate } from './simulate.ts';

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

describe('the production actors in a world that fails', () => {
  test.each(regressions.map(({ seed, was }) => [seed, was] as const))('seed %d holds again: %s', (seed) => {
    expect(simulate(seed, { wordy: false }).violation).toBeNull();
  });

  test.each(seeds.map((seed) => [seed] as const))('seed %d holds, and is the same twice', (seed) => {
    const first = simulate(seed, { wordy: false });
    const second = simulate(seed, { wordy: false });
    expect(first.violation).toBeNull();
    expect([second.hash, second.steps]).toEqual([first.hash, first.steps]);
  });

  test('a record that nobody understands is set aside, given up after its time, and cleaned up after', () => {
    const { violation, counts } = simulate(1, { wordy: false, corrupt: true });
    expect(violation).toBeNull();
    expect(counts).toMatchObject({ 'fault: record corrupted': 1, 'end: lost': expect.any(Number) });
    expect(counts.quarantined).toBeGreaterThan(0);
  });

  test('what an administrator mends and releases goes on as if nothing had been', () => {
    const outcomes = [2, 3, 4, 5].map((seed) =>
      simulate(seed, { wordy: false, corrupt: true, release: 'mended' }),
    );
    for (const { violation, counts } of outcomes) {
      expect(violation).toBeNull();
      expect(counts['spoilt record went on']).toBe(1);
    }
    // A process that goes on from what it committed itself writes over the damage before anybody has read it.
    expect(outcomes.filter(({ counts }) => counts.quarantined === 1).length).toBeGreaterThanOrEqual(3);
  });

  test('what is released in vain is given up in the end all the same', () => {
    const { violation, counts } = simulate(2, { wordy: false, corrupt: true, release: 'in vain' });
    expect(violation).toBeNull();
    expect(counts).toMatchObject({ quarantined: 3, 'spoilt record given up': 1 });
  });

  test('a rolling upgrade in the middle of the faults loses nothing', () => {
    const outcomes = [1, 5, 9].map((seed) => simulate(seed, { wordy: false, upgrade: true }));
    expect(outcomes.map(({ violation }) => violation)).toEqual([null, null, null]);
    const sum = (what: string): number => outcomes.reduce((all, { counts }) => all + (counts[what] ?? 0), 0);
    expect(sum('two machine versions side by side')).toBeGreaterThan(0);
    expect(sum('record upcast')).toBeGreaterThan(0);
  });

  test('telling the story of a seed does not change it', () => {
    const [seed = 1] = seeds;
    const told = simulate(seed, { wordy: true });
    expect(told.story.length).toBeGreaterThan(20);
    expect(told.hash).toBe(simulate(seed, { wordy: false }).hash);
  });

  test('two seeds are two stories', () => {
    expect(simulate(1, { wordy: false }).hash).not.toBe(simulate(2, { wordy: false }).hash);
  });
});

describe('what seeds must meet', () => {
  const all = Object.fromEntries(mayOccur.map((what) => [what, 1]));

  test('is asked for once there are enough of them, and named where it is missing', () => {
    expect(missing({}, coverageFrom - 1)).toEqual([]);
    expect(missing({})).toContain('turn: execution queued ADMITTED starting');
    expect(missing({}, rareFrom).length).toBeGreaterThan(missing({}).length);
    expect(missing(all, rareFrom)).toEqual([]);
  });

  test('is every turn of the chart, with what follows by itself', () => {
    const turns = turnsOf(
      createMachine({
        initial: 'a',
        on: { STOP: '.over' },
        states: {
          a: { on: { GO: 'b' } },
          b: { on: { WAIT: {} }, always: { target: 'c' } },
          c: {},
          over: { type: 'final' },
        },
      }),
    );
    expect(turns).toEqual([
      'a GO b',
      'a GO c',
      'a STOP over',
      'b WAIT b',
      'b WAIT c',
      'b STOP over',
      'c STOP over',
    ]);
  });

  test('does not hold what must never be met, or what no chart knows', () => {
    expect(unexpected({ 'turn: execution queued ADMITTED starting': 3, 'message doubled': 1 })).toEqual([]);
    const never = 'turn: execution ending TIMER_FIRED completed';
    const unknown = 'turn: execution queued ADMITTED ending';
    expect(unexpected({ [never]: 1, [unknown]: 1 })).toEqual([never, unknown]);
  });

  test('leaves out nothing that is not there', () => {
    expect(stale()).toEqual([]);
  });
});
