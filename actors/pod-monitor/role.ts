// Speaks with the supervisors: delivers jobs and input, stores every frame, tells starts and ends. It makes and deletes no pods
// but those of its own process that outlive a drain.
import { consumer } from '../consumer.ts';
import type { Role } from '../role.ts';
import { inspecting } from './inspect.ts';
import { observatoryOf } from './observatory.ts';
import { watcher } from './watcher.ts';

export const podMonitor: Role = {
  name: 'pod-monitor',
  children(ports, settings) {
    const observatory = observatoryOf(ports, settings);
    const watching = watcher(observatory);
    const handlers = { inspect_pod_command: inspecting(observatory, watching) };
    const { serviceVersion } = settings;
    return [
      watching.child,
      consumer(ports, { name: 'questions', group: 'pod-monitor', handlers, serviceVersion }),
    ];
  },
};
