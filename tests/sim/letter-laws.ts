// What holds for every commit of a dead letter, from what it tells, apart from the machine's own code.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { World } from './world/world.ts';

type Fail = (words: string) => void;

export interface LetterBook {
  /** What was told of each letter, and may be told once. */
  told: Set<string>;
  /** By id, each letter that there ever was, as it was last: ended ones are forgotten by the store after a while. */
  letters: Map<string, SagaRecord>;
}

export function checkLetter(
  world: Pick<World, 'records' | 'bus'>,
  before: SagaRecord | null,
  after: SagaRecord,
  { told, letters }: LetterBook,
  fail: Fail,
): void {
  const { id, fields, state } = after;
  letters.set(id, after);
  const asked = Number(fields.retryCount);
  const askedBefore = Number(before?.fields.retryCount ?? 0);
  if (before !== null && (asked < askedBefore || asked > askedBefore + 1))
    fail(`${id}: ${askedBefore} redrives became ${asked}`);
  for (const { number, event } of after.turns) {
    const isNew = number > (before?.turnCount ?? 0);
    if (isNew && event.type === 'RETRY_REQUESTED' && event.redrive !== asked)
      fail(`${id}: a person asked for redrive ${event.redrive}, and it became ${asked}`);
  }
  for (const { n, type, payload } of after.outbox) {
    if (before !== null && n < before.nextRow) continue;
    if (type === 'redrive_message_command' && payload.redrive !== asked)
      fail(`${id}: redrive ${payload.redrive} was asked for, and it was asked ${asked} times`);
    if (type === 'dlq_message_retried') once(`${id} retried ${payload.retry_count}`, told, fail);
    if (type === 'dlq_message_discarded') once(`${id} discarded`, told, fail);
  }
  if (state === 'retried' && !anyCarried(world, after, asked))
    fail(`${id}: retried, and nothing was sent again`);
  if (state === 'closed' && !hasEnded(world, after)) fail(`${id}: closed, although its run goes on`);
}

function once(what: string, told: Set<string>, fail: Fail): void {
  if (told.has(what)) fail(`${what}: told twice`);
  told.add(what);
}

function anyCarried({ bus }: Pick<World, 'bus'>, { snapshot }: SagaRecord, asked: number): boolean {
  const { message } = snapshot.context;
  const first = typeof message === 'object' && message !== null && 'id' in message ? message.id : '';
  return Array.from({ length: asked }, (_, index) => `${first}/redrive/${index + 1}`).some(bus.carried);
}

/** Or has begun only after the message died that the letter is about: the world's poison names runs before they are there. */
function hasEnded({ records }: Pick<World, 'records'>, { fields, createdAt }: SagaRecord): boolean {
  const run = records.all().find(({ machine, id }) => machine === 'execution' && id === fields.key);
  return run === undefined || run.final || run.createdAt > createdAt;
}
