// What the simulation does not meet, each with its reason. `never`: it must not be met, or the entry is wrong. `rare`: it may be
// missing from some hundred seeds, not from many thousand. `unlikely`: it may happen, but the faults here hardly ever make it.

export type Unmet = { never: string } | { rare: string } | { unlikely: string };

const finals = ['completed', 'failed', 'timed_out', 'cancelled', 'errored'];

const each = (from: string, to: readonly string[], unmet: Unmet): Record<string, Unmet> =>
  Object.fromEntries(to.map((state) => [`turn: execution ${from} ${state}`, unmet]));

const eachOfLetters = (to: string, from: readonly string[], unmet: Unmet): Record<string, Unmet> =>
  Object.fromEntries(from.map((state) => [`turn: dead-letter ${state} ${to}`, unmet]));

const lostFirst = { never: 'a lost result is the verdict before any other' };
const leftAtOnce = { never: 'a run that holds nothing has left `ending` before its deadline can fire' };
const ownPodGone = {
  never: 'nobody orders the end of an attempt that was not left; one that a stranger takes is lost',
};

export const unmet: Readonly<Record<string, Unmet>> = {
  ...each('ending TIMER_FIRED', finals, leftAtOnce),
  ...each('collecting RESULT_FAILED', ['completed', 'failed', 'timed_out', 'cancelled'], lostFirst),
  ...each('collecting EFFECT_FAILED', ['completed', 'failed', 'timed_out', 'cancelled'], lostFirst),
  ...each('starting POD_DELETED', ['collecting'], ownPodGone),
  ...each('running POD_DELETED', ['collecting'], ownPodGone),
  ...each('starting POD_OVERDUE', ['stopping'], {
    unlikely: 'the news that a script runs must be on its way for longer than the script may run',
  }),
  ...each('starting POD_EXITED', ['queued'], {
    rare: 'a stop by strangers overtakes the news that the script runs',
  }),
  ...each('stopping POD_DELETED', ['stopping'], {
    rare: 'an earlier attempt is proved gone while the next one is being stopped',
  }),
  ...each('collecting RESULT_SEALED', ['failed'], {
    rare: 'the pod of a script that ended by itself is proved gone before its output is sealed',
  }),
  'turn: dead-letter received TIMER_FIRED manual': {
    unlikely: 'no policy is chosen for a whole minute',
  },
  ...eachOfLetters('MESSAGE_HANDLED retried', ['received', 'scheduled', 'manual'], {
    unlikely: 'whoever had failed takes the message although it came back to its letter meanwhile',
  }),
  ...eachOfLetters('TIMER_FIRED discarded', ['manual', 'retrying'], {
    unlikely: 'a letter is kept for longer than a seed lasts',
  }),
  ...eachOfLetters('TIMER_FIRED retrying', ['retrying'], {
    unlikely: 'nothing is heard of a redrive until its deadline asks again',
  }),
};
