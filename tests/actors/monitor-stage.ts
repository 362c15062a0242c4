// A pod monitor at work on the stage.
import { inspecting } from '#actors/pod-monitor/inspect.ts';
import { observatoryOf } from '#actors/pod-monitor/observatory.ts';
import { watcher } from '#actors/pod-monitor/watcher.ts';
import type { EventOf } from '#src/domain/events.ts';
import { settings } from './settings.ts';
import { puppet, running, type Stage, stage } from './stage.ts';

export function monitor(on: Stage, process = settings.process) {
  const observatory = observatoryOf(on.ports, { ...settings, process });
  const watching = watcher(observatory);
  const { stop } = running(watching.child);
  const ask = inspecting(observatory, watching);
  const inspect = (execution: string): Promise<void> =>
    ask({ payload: { execution_id: execution, attempt: 1 } } as EventOf<'inspect_pod_command'>);
  return { stop, inspect };
}

/** A run whose pod is attached and has its job. */
export async function started(input = {}) {
  const on = stage();
  await on.accept('run', input);
  await on.place('run', { podUid: 'u', confirmed: true });
  const pod = puppet(on.pods, 'run', { uid: 'u' });
  const { stop, inspect } = monitor(on);
  await on.world.clock.settle();
  return { on, pod, stop, inspect, clock: on.world.clock };
}

export const text = (on: Stage): string =>
  on.outputLog
    .frames('run', 1)
    .filter(({ channel }) => channel === 'stdout')
    .map(({ data }) => new TextDecoder().decode(data))
    .join('');
