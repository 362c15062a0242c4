// The driver's queue of requests looks after itself a thousand times a second on every connection: after each look it asks
// to be woken at a time that lies in the past (kafkajs 2.2.4), which doubles the processor time of an idle process and
// prints a warning. Here it is woken only while something waits.
import requestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { assert } from '#src/domain/errors.ts';

const lookAgainMs = 10;
const method = 'scheduleCheckPendingRequests';

/** May be called again. @throws when the driver is no longer the one that needs it */
export function quietQueues(): void {
  const { prototype } = requestQueue;
  assert(typeof prototype[method] === 'function', `the driver's queue of requests has ${method}`);
  assert(typeof prototype.checkPendingRequests === 'function', "the driver's queue can be looked at");
  prototype[method] = scheduleOnlyWhatWaits;
}

function scheduleOnlyWhatWaits(this: typeof requestQueue.prototype): void {
  if (this.throttleCheckTimeoutId !== null) return;
  const throttledMs = this.throttledUntil - Date.now();
  if (throttledMs <= 0 && this.pending.length === 0) return;
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : lookAgainMs,
  );
}
