// Events that a state leaves unanswered on purpose; whatever is neither answered nor here fails the laws.
const ofRedrive = ['REDRIVEN', 'FAILED_AGAIN', 'UNSENDABLE', 'TARGET_ENDED'];

/** A final record is never stepped. */
const all = [
  ...ofRedrive,
  'POLICY_CHOSEN',
  'RETRY_REQUESTED',
  'DISCARD_REQUESTED',
  'MESSAGE_HANDLED',
  'TIMER_FIRED',
];

export const ignored: Readonly<Record<string, readonly string[]>> = {
  // No redrive is under way; of an earlier one only that the message was taken still counts.
  received: ofRedrive,
  scheduled: [...ofRedrive, 'POLICY_CHOSEN'],
  manual: [...ofRedrive, 'POLICY_CHOSEN'],
  // The redrive that is under way decides.
  retrying: ['POLICY_CHOSEN', 'RETRY_REQUESTED'],
  retried: all,
  discarded: all,
  closed: all,
};
