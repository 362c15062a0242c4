// Events that a state leaves unanswered on purpose; whatever is neither answered nor here fails the laws.
const all = ['RUNS_COUNTED', 'REFUSED', 'DATA_REMOVED', 'TIMER_FIRED'];

export const ignored: Readonly<Record<string, readonly string[]>> = {
  // Nothing was asked to be removed yet, or it was asked for before a run appeared.
  closing: ['DATA_REMOVED'],
  // The account is closed already.
  removing: ['REFUSED'],
  removed: all,
  refused: all,
};
