// Tells each turn that a commit holds, and counts what it met: states, turns as the chart names them, effects and ends.
import { machineNamed } from '#machines/registry.ts';
import type { SagaRecord, Turn } from '#src/domain/saga-record.ts';
import { executionContextOf } from './run-view.ts';
import type { Trace } from './trace.ts';

export function tellTurns(trace: Trace, before: SagaRecord | null, after: SagaRecord): void {
  const { machine, id, version, state } = after;
  if (after.deletedAt !== null) {
    trace.tell('record', `${id} v${version} is ${before?.deletedAt === null ? 'deleted' : 'erased'}`);
    trace.count(`${machine} ${before?.deletedAt === null ? 'deleted' : 'erased'}`);
    return;
  }
  const turns = after.turns.filter(({ number }) => number > (before?.turnCount ?? 0));
  const events = turns.map(({ event }) => `${event.type}${attemptOf(event.attempt)}`).join(' ');
  const from = before === null ? '' : `${before.state} → `;
  const attempt = machine === 'execution' ? attemptOf(executionContextOf(after).attempt) : '';
  trace.tell('record', `${id} v${version} ${events}: ${from}${state}${attempt}`);
  // Another version's states have other names.
  if (after.machineVersion === machineNamed(machine)?.version) {
    trace.count(`state: ${machine} ${state}`);
    for (const turn of turns) countTurn(trace, machine, turn);
  }
  if (machine === 'execution') countEnd(trace, before, after);
  if (after.quarantine !== null) trace.count('quarantined');
}

const attemptOf = (attempt: unknown): string => (typeof attempt === 'number' ? `#${attempt}` : '');

function countTurn(trace: Trace, machine: string, { event, from, to, effects }: Turn): void {
  // Its birth is no transition.
  if (from !== '') trace.count(`turn: ${machine} ${from} ${event.type} ${to}`);
  if (event.type === 'POD_EXITED') trace.count(`exit: ${causeIn(event.exit)}`);
  for (const effect of effects) trace.count(`effect: ${machine} ${effect}`);
}

function countEnd(trace: Trace, before: SagaRecord | null, after: SagaRecord): void {
  const { verdict } = executionContextOf(after);
  if (verdict !== null && before !== null && executionContextOf(before).verdict === null)
    trace.count(`end: ${verdict.reason}`);
}

const causeIn = (exit: unknown): unknown =>
  typeof exit === 'object' && exit !== null && 'cause' in exit ? exit.cause : null;
