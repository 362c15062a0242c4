// An outside world for one record: it carries out each command as the roles would, and what it says comes back as events, in
// the order of asking or in any other, until nothing is left to do. What it can do is the sample of each machine.
import type { DurableMachine } from '#machines/durable.ts';
import type { OutboxRow, SagaRecord } from '#src/domain/saga-record.ts';
import type { Incoming } from './execution-events.ts';
import { deliverTo } from './given.ts';

export type Command = Pick<OutboxRow, 'type' | 'payload'>;

/** What exists outside while one record lives. */
export interface OutsideWorld {
  /** Carries it out, perhaps once more, and answers what is said of it. */
  answers(command: Command): Incoming[];
  /** What is said when it is given up; nothing where only the deadline helps. */
  failure(command: Command): Incoming[];
  /** What is still there, in words. */
  left(): string[];
}

export interface Way {
  name: string;
  /** What somebody wants of the record as soon as it looks like this; called before each step, fresh for each story. */
  interruption(): (record: SagaRecord) => Incoming | null;
}

/** Every registered machine needs one: the laws fail for a machine without. */
export interface Outside {
  begin(): SagaRecord;
  ways: readonly Way[];
  /** Effects that somebody carries out; all others are only said. */
  commands: readonly string[];
  /** As it is when the record comes to its present state. */
  world(record: SagaRecord): OutsideWorld;
  /** What comes when nothing is left to do, where it is not the record's own deadline. */
  idle?(record: SagaRecord): Incoming | null;
  /** What is wrong with an end besides what is wrong for every machine, in words. */
  wrong(story: Story): string[];
  /** What is the same however often and in whatever order the messages come. */
  outcome(record: SagaRecord): unknown;
}

export interface Faults {
  /** The command with this number is given up instead of done. */
  failed?: number;
  /** The command with this number is done twice. */
  repeated?: number;
  /** Every message comes twice. */
  doubled?: boolean;
  /** After each message, all that came before come again; none may change anything. */
  late?: boolean;
  /** Which order among topics; messages of one topic keep theirs. */
  order?: number;
}

export interface Story {
  record: SagaRecord;
  /** Commands in the order in which they were asked for. */
  commands: string[];
  /** Every event that was said, commands left out. */
  said: string[];
  /** What still exists outside. */
  left: string[];
}

const turnsMax = 300;

/** From this record to its end, or for ever: then it throws. */
export function live(
  machine: DurableMachine,
  outside: Outside,
  from: { record: SagaRecord; rows: readonly Command[] },
  faults: Faults = {},
  interruption: ReturnType<Way['interruption']> = () => null,
): Story {
  const world = outside.world(from.record);
  const story: Story = { record: from.record, commands: [], said: [], left: [] };
  const choose = chooser(faults.order);
  const commands: Command[] = [];
  const messages: Incoming[] = [];
  const came: Incoming[] = [];

  function hear(rows: readonly Command[]): void {
    for (const row of rows) {
      if (outside.commands.includes(row.type)) commands.push(row);
      else story.said.push(row.type);
    }
  }
  function send(event: Incoming, now?: number): void {
    const outcome = deliverTo(machine, story.record, event, now);
    if (outcome.kind === 'quarantined' || outcome.kind === 'newer')
      throw new Error(`${outcome.kind} by ${event.type}: ${outcome.record.quarantine?.words}`);
    story.record = outcome.record;
    hear(outcome.rows);
    if (faults.late && event.type !== 'TIMER_FIRED') repeatAll(event);
  }
  function repeatAll(event: Incoming): void {
    came.push(event);
    for (const earlier of came) {
      const { kind } = deliverTo(machine, story.record, earlier);
      if (kind !== 'unchanged') throw new Error(`${earlier.type} ${kind} it again in ${story.record.state}`);
    }
  }
  function carryOut(command: Command): void {
    const number = story.commands.push(command.type) - 1;
    const answers = faults.failed === number ? world.failure(command) : world.answers(command);
    const again = faults.repeated === number ? world.answers(command) : [];
    messages.push(...answers, ...again);
  }
  function idle(): void {
    const own = outside.idle?.(story.record) ?? null;
    if (own !== null) send(own);
    else send({ type: 'TIMER_FIRED', name: 'deadline' }, story.record.nextDeadline ?? 0);
  }

  hear(from.rows);
  for (let turn = 0; turn < turnsMax && !story.record.final; turn += 1) {
    const interrupting = interruption(story.record);
    if (interrupting !== null) send(interrupting);
    const next = choose(messages, commands.length > 0);
    const command = next === null ? commands.shift() : undefined;
    if (next !== null) for (const event of faults.doubled ? [next, next] : [next]) send(event);
    else if (command !== undefined) carryOut(command);
    else idle();
  }
  if (!story.record.final) throw new Error(`not over after ${turnsMax} turns, but ${story.record.state}`);
  return { ...story, left: world.left() };
}

/** What is wrong with this end, in words; nothing when the record is over and nothing of it is left. */
export function leaks(outside: Outside, story: Story): string[] {
  const { record, left } = story;
  const held = record.uniques.map((unique) => `it holds ${unique}`);
  const timers = record.timers.map(({ name }) => `its timer ${name} is armed`);
  return [...held, ...timers, ...left.map((what) => `${what} is left`), ...outside.wrong(story)];
}

type Choose = (messages: Incoming[], mayWait: boolean) => Incoming | null;

/** Takes the next message out, or null when a command comes first. Without an order: the oldest message. */
function chooser(order: number | undefined): Choose {
  if (order === undefined) return (messages) => messages.shift() ?? null;
  let state = order;
  return (messages, mayWait) => {
    const heads = messages.filter(
      ({ type }, index) => messages.findIndex((other) => other.type === type) === index,
    );
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const picked = (state >> 8) % (heads.length + (mayWait ? 1 : 0) || 1);
    const event = heads[picked];
    if (event === undefined) return null;
    messages.splice(messages.indexOf(event), 1);
    return event;
  };
}

/** Once, as soon as the record is in that state. */
export function once(state: string, event: Incoming): (record: SagaRecord) => Incoming | null {
  let told = false;
  return (record) => {
    if (told || record.state !== state) return null;
    told = true;
    return event;
  };
}
