// The tally of many seeds, as people read it.
import { expect, test } from 'bun:test';
import { unmet } from './coverage-unmet.ts';
import { groupsOf, lines, markdown } from './tally.ts';

const counts = {
  'end: lost': 2,
  'end: exited': 1_500,
  'turn: execution queued ADMITTED starting': 7,
  'turn: dead-letter received POLICY_CHOSEN manual': 3,
  'fault: done, but reported as failed': 1,
  'version conflict': 4,
};

test('what was counted is grouped, and within each machine; the most frequent comes first', () => {
  expect(groupsOf(counts).map(({ title, rows }) => [title, rows.map(({ what }) => what)])).toEqual([
    ['Reasons of ends', ['exited', 'lost']],
    ['Faults', ['done, but reported as failed']],
    ['Turns: dead-letter', ['received —POLICY_CHOSEN→ manual']],
    ['Turns: execution', ['queued —ADMITTED→ starting']],
    ['What else was met', ['version conflict']],
  ]);
  expect(lines(counts)).toContain('       1,500  exited');
});

test('the page says what was played, what broke, what was met, and what was not and why', () => {
  const page = markdown({
    from: 1,
    seeds: 10_000,
    regressions: 8,
    broken: ['seed 7 liveness: run1 is ending'],
    steps: 1_234_567,
    virtualMs: 7_200_000,
    counts,
  });
  expect(page).toContain('What 10,000 seeds from 1 on and 8 regressions met: 1,234,567 steps in 2 hours');
  expect(page).toContain('**1 broken**');
  expect(page).toContain('- seed 7 liveness: run1 is ending\n');
  expect(page).toContain('| queued —ADMITTED→ starting | 7 |');
  for (const what of Object.keys(unmet)) expect(page).toContain(`- \`${what}\`: `);
});
