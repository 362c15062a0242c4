// Follows one run by server-sent events. The browser takes the stream up again by itself where it broke off; events come
// in bundles, one for each frame that is drawn, so that a flood of output costs no more than the screen can show.
import { type RunEvent, type RunEventName, runEvent, runEventNames } from './run-events.ts';

export type StreamState = 'connecting' | 'open' | 'retrying' | 'refused';

export interface RunStreamHandlers {
  onEvents(events: readonly RunEvent[]): void;
  onState(state: StreamState): void;
}

export interface RunStream {
  close(): void;
}

export function followRun(id: string, { onEvents, onState }: RunStreamHandlers): RunStream {
  const source = new EventSource(`/api/v1/executions/${encodeURIComponent(id)}/stream`);
  let waiting: RunEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;

  function deliver(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const events = waiting;
    waiting = [];
    if (events.length > 0) onEvents(events);
  }

  function take(name: RunEventName, text: string): void {
    const event = runEvent(name, text);
    if (event === null) return;
    waiting.push(event);
    if (event.kind === 'end') {
      source.close();
      deliver();
      return;
    }
    // Not an animation frame: those do not come to a page in the background.
    timer ??= setTimeout(deliver, frameMs);
  }

  onState('connecting');
  source.addEventListener('open', () => onState('open'));
  source.addEventListener('error', () => {
    deliver();
    onState(source.readyState === EventSource.CLOSED ? 'refused' : 'retrying');
  });
  for (const name of runEventNames)
    source.addEventListener(name, ({ data }: MessageEvent<string>) => take(name, data));
  return {
    close() {
      source.close();
      deliver();
    },
  };
}

const frameMs = 16;
