// Gives attempts their pods and takes them away again, with proof. It never speaks to a script and never judges an end.
import { consumer } from '../consumer.ts';
import type { Role } from '../role.ts';
import { burying, deleting } from './bury.ts';
import { janitor } from './janitor.ts';
import { placing } from './place.ts';
import { resuming } from './resume.ts';
import { workshopOf } from './workshop.ts';

export const k8sWorker: Role = {
  name: 'k8s-worker',
  children(ports, settings) {
    const workshop = workshopOf(ports, settings);
    const handlers = { create_pod_command: placing(workshop), delete_pod_command: deleting(workshop) };
    const { serviceVersion } = settings;
    return [
      ...workshop.ownership.keeping(),
      burying(workshop),
      janitor(workshop),
      ...(workshop.ownership.owner === null ? [] : [resuming(workshop)]),
      consumer(ports, { name: 'commands', group: 'k8s-worker', handlers, serviceVersion }),
    ];
  },
};
