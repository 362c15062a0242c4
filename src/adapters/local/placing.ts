// Puts a pod on the list and follows it from its boot to the proof of its end.
import { DomainError } from '#src/domain/errors.ts';
import type { Limits, Runtime } from '#src/domain/execution.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';

import type { Boots } from './boot.ts';
import type { Interpreter } from './interpreters.ts';
import { type Pod, wordsOfEnd } from './pod.ts';
import { limitGroup } from './pod-acts.ts';
import type { PodList } from './pod-list.ts';

export interface Wish {
  /** Null: a warm one, named after its uid. */
  name: string | null;
  key: string | null;
  runtime: Runtime;
  limits: Limits;
}

export type Put = (wish: Wish) => Promise<Pod>;

export interface PlacingOptions {
  boot: Boots;
  list: PodList;
  clock: Clock;
  logger: Logger;
  interpreters: readonly Interpreter[];
}

export function placing({ boot, list, clock, logger, interpreters }: PlacingOptions): Put {
  return async ({ name, key, runtime, limits }) => {
    const interpreter = interpreters.find(({ version }) => version === runtime.version);
    if (runtime.language !== 'python' || !interpreter) {
      throw new DomainError('validation', `${runtime.language} ${runtime.version} cannot run here`);
    }
    const uid = crypto.randomUUID();
    const { sandbox, group } = await boot.boot(uid, interpreter, limits);
    const pod: Pod = {
      name: name ?? `warm-${uid}`,
      uid,
      key,
      runtime,
      phase: 'pending',
      reason: null,
      message: null,
      createdAt: clock.now(),
      terminating: false,
      sandbox,
      group,
      limits,
      gone: false,
    };
    list.add(pod);
    follow(pod, list, logger);
    return pod;
  };
}

function follow(pod: Pod, list: PodList, logger: Logger): void {
  let wasReady = false;
  const begin = async (): Promise<void> => {
    await pod.sandbox.ready;
    wasReady = true;
    // Its share of the processor is cut only now: booting is not the run's business.
    if (pod.key !== null) await limitGroup(pod, pod.limits);
    if (pod.phase !== 'pending') return;
    pod.phase = 'running';
    list.changed(pod);
  };
  begin().catch((error: unknown) => {
    pod.message = error instanceof DomainError ? (error.detail ?? error.message) : String(error);
    pod.sandbox.kill();
  });
  pod.sandbox.ended.then((end) => {
    const { reason, message } = wordsOfEnd(end, wasReady);
    Object.assign(pod, { phase: 'ended', gone: true, reason, message: pod.message ?? message });
    logger.debug({ pod: pod.name, reason, exitCode: end.exitCode, signal: end.signal }, 'sandbox ended');
    // One that nobody claimed is nobody's to delete.
    if (pod.terminating || pod.key === null) list.remove(pod);
    else list.changed(pod);
  });
}
