// What happened to a run, as its owner reads it: the events that were kept as they passed on the bus.
import type { Caller } from '#src/domain/access.ts';
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import { isLanguage, mainFile } from '#src/domain/languages.ts';
import { runEventsCollection } from '#src/domain/run-collections.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Collection, Documents } from '#src/ports/documents.ts';
import type { ExecutionDeps } from './dependencies.ts';
import type { OutputText } from './reading.ts';
import { moment } from './result-view.ts';
import { inputsOf, readableRun } from './stored.ts';
import { resultOf } from './view.ts';

const runEventsOf = (documents: Documents): Collection<DomainEvent> =>
  documents.collection<DomainEvent>(runEventsCollection);

export interface EventView {
  event_id: string;
  event_type: EventType;
  event_version: string;
  timestamp: string;
  aggregate_id: string;
  metadata: { service_name: string; service_version: string; user_id: string; environment: string };
  [field: string]: unknown;
}

export interface EventQuery {
  types: readonly EventType[];
  limit: number;
  environment: string;
  serviceVersion: string;
}

/** Oldest first, with script and output filled in from the run. @throws not_found, forbidden */
export async function readRunEvents(
  deps: ExecutionDeps,
  caller: Caller,
  id: string,
  query: EventQuery,
): Promise<EventView[]> {
  const { documents, records } = deps.ports;
  const record = await readableRun(records, caller, id);
  const page = await runEventsOf(documents).find({
    where: { key: id, ...(query.types.length > 0 && { type: { in: query.types } }) },
    sort: { field: 'at', direction: 'ascending' },
    limit: query.limit,
  });
  const kept = page.rows.map(({ body }) => body);
  const events = merged(kept, lastSaid(record, query.serviceVersion), query);
  const [input, output] = await Promise.all([inputsOf(documents).get(id), resultOf(deps, record)]);
  const filling = {
    script: input?.body.script ?? '',
    language: input?.body.runtime.language ?? '',
    output: { stdout: output.stdout ?? '', stderr: output.stderr ?? '' },
  };
  return events.map((event) => eventView(event, query.environment, filling));
}

/** The projection lags behind; what the run said last is still in its record. */
function lastSaid(record: SagaRecord, serviceVersion: string): KeptEvent[] {
  const { userId } = record.fields;
  const metadata = { service: 'saga-orchestrator', serviceVersion, userId: String(userId) };
  return record.outbox.map(({ id, type, at, payload }) => ({
    id,
    type,
    at,
    key: record.id,
    payload,
    metadata,
  }));
}

function merged(kept: readonly KeptEvent[], said: readonly KeptEvent[], query: EventQuery): KeptEvent[] {
  const known = new Set(kept.map(({ id }) => id));
  const missing = said.filter(({ id, type }) => !known.has(id) && isAsked(type, query));
  return [...kept, ...missing].toSorted((a, b) => a.at - b.at).slice(0, query.limit);
}

const isAsked = (type: EventType, { types }: EventQuery): boolean =>
  types.length === 0 || types.includes(type);

interface KeptEvent extends Omit<DomainEvent, 'type' | 'payload'> {
  type: EventType;
  payload: object;
}

interface Filling {
  script: string;
  language: string;
  output: OutputText;
}

function eventView(event: KeptEvent, environment: string, filling: Filling): EventView {
  const { service, serviceVersion, userId } = event.metadata;
  return {
    ...event.payload,
    ...filled(event.type, filling),
    event_id: event.id,
    event_type: event.type,
    event_version: '1.0',
    timestamp: moment(event.at),
    aggregate_id: event.key,
    metadata: {
      service_name: service,
      service_version: serviceVersion,
      user_id: userId ?? '',
      environment,
    },
  };
}

const withScript: readonly EventType[] = ['execution_requested', 'create_pod_command'];
const withOutput: readonly EventType[] = [
  'execution_completed',
  'execution_failed',
  'execution_timeout',
  'pod_succeeded',
  'pod_failed',
];

/** Events carry neither scripts nor whole outputs; the interface shows both. */
function filled(type: EventType, { script, language, output }: Filling): object {
  if (withOutput.includes(type)) return output;
  if (!withScript.includes(type)) return {};
  const runtime_filename = isLanguage(language) ? mainFile(language) : '';
  return { script, runtime_image: '', runtime_command: [], runtime_filename };
}
