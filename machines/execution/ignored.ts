// Events that a state leaves unanswered on purpose; whatever is neither answered nor here fails the laws.
const ofRequests = ['CANCEL_REQUESTED', 'PRIORITY_CHANGED'];
const ofQueue = ['ADMITTED', 'QUEUE_EXPIRED'];
const ofResult = ['RESULT_SEALED', 'RESULT_FAILED'];
const ofPod = ['POD_CREATED', 'POD_RUNNING', 'POD_EXITED', 'POD_LOST', 'POD_UNSTARTABLE', 'POD_OVERDUE'];

/** A final record is never stepped. */
const all = [...ofRequests, ...ofQueue, ...ofResult, ...ofPod, 'POD_DELETED', 'EFFECT_FAILED', 'TIMER_FIRED'];

export const ignored: Readonly<Record<string, readonly string[]>> = {
  // Only the previous attempt can speak of a pod here, and it is over.
  queued: [...ofPod, ...ofResult, 'EFFECT_FAILED'],
  // Priority matters only in the queue.
  starting: [...ofQueue, ...ofResult, 'PRIORITY_CHANGED'],
  // A pod that runs can be started; the deadline repeats what failed.
  running: [
    ...ofQueue,
    ...ofResult,
    'PRIORITY_CHANGED',
    'POD_CREATED',
    'POD_RUNNING',
    'POD_UNSTARTABLE',
    'EFFECT_FAILED',
  ],
  // It is being stopped already; the deadline repeats what failed.
  stopping: [
    ...ofQueue,
    ...ofResult,
    ...ofRequests,
    'POD_CREATED',
    'POD_RUNNING',
    'POD_UNSTARTABLE',
    'POD_OVERDUE',
    'EFFECT_FAILED',
  ],
  // The script has ended, and the sealed output carries its exit.
  collecting: [...ofQueue, ...ofRequests, ...ofPod],
  // The verdict has fallen.
  ending: [...ofQueue, ...ofRequests, ...ofPod, ...ofResult, 'EFFECT_FAILED'],
  completed: all,
  failed: all,
  timed_out: all,
  cancelled: all,
  errored: all,
};
