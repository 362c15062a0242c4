// A record given up from outside, at the operator's word: it ends now, as its machine says a lost one ends. Only for whoever
// can prove that nothing the record held exists any more; it may never be used on a record that some process still serves.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { nextRecord } from './next-record.ts';
import { machineNamed } from './registry.ts';

export interface GivingUp {
  /** Why, in words that may be shown to people; no text of a user. */
  words: string;
  /** Id of the request. */
  cause: string;
  now: number;
}

/**
 * The record as it is to be committed, final and with every unique value of its attempts given back; null for one that is
 * final already. What it had asked for and not yet sent is asked for no more.
 * Throws for a record that this version does not know: nobody may end what he cannot read.
 */
export function givenUp(record: SagaRecord, { words, cause, now }: GivingUp): SagaRecord | null {
  if (record.final) return null;
  const machine = machineNamed(record.machine);
  if (machine === null || record.machineVersion > machine.version) {
    throw new Error(`a newer version of ${record.machine} wrote this record`);
  }
  const at = Math.max(now, record.at);
  const silenced = { ...record, sentThrough: record.nextRow - 1 };
  const event = { type: 'GIVEN_UP', at, words };
  return nextRecord(machine, silenced, { cause, event, fired: null }, machine.abandon(record, at, words));
}
