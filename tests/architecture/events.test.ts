// Every event type has somebody who says it and somebody who hears it, or stands on a list with the reason. The lists are
// exact: an entry that is no longer needed fails as well.
import { expect, test } from 'bun:test';
import { runEventTypes } from '#actors/event-replay/run-events.ts';
import { type EventType, eventTypes } from '#src/domain/events.ts';
import { heardIn, saidIn } from './event-sites.ts';
import { sourceFiles } from './source.ts';

type Reasons = Partial<Record<EventType, string>>;

const notifications = 'notifications are not built yet';
const scripts = 'saved scripts are not built yet';
const letters = 'for the page of dead letters, which is not built yet';
const dependencies =
  'the only dependency of the embedded profile is the file that would hold the event; comes with stores that can be away';

const saidByNobody: Reasons = {
  user_login: 'the older name of user_logged_in: readable, never produced',
  user_settings_updated: 'the settings of users are not built yet',
  notification_created: notifications,
  notification_sent: notifications,
  notification_delivered: notifications,
  notification_failed: notifications,
  notification_read: notifications,
  notification_all_read: notifications,
  notification_clicked: notifications,
  notification_preferences_updated: notifications,
  script_saved: scripts,
  script_deleted: scripts,
  script_shared: scripts,
  service_unhealthy: dependencies,
  service_recovered: dependencies,
};

const audit = 'for the audit, which is not built yet';
const metric = 'for a metric; metrics are not built yet';
const alarm = 'for the page of alarms, which is not built yet';

const heardByNobody: Reasons = {
  user_login: 'the older name of user_logged_in: readable, never produced',
  user_registered: audit,
  user_logged_in: audit,
  user_logged_out: audit,
  user_updated: audit,
  user_deleted: audit,
  auth_failed: audit,
  security_violation: audit,
  rate_limit_exceeded: audit,
  quota_exceeded: metric,
  resource_limit_exceeded: metric,
  system_error: alarm,
  service_unhealthy: dependencies,
  service_recovered: dependencies,
  dlq_message_retried: letters,
  dlq_message_discarded: letters,
  user_settings_updated: 'the settings of users are not built yet',
  notification_created: notifications,
  notification_sent: notifications,
  notification_delivered: notifications,
  notification_failed: notifications,
  notification_read: notifications,
  notification_all_read: notifications,
  notification_clicked: notifications,
  notification_preferences_updated: notifications,
  script_saved: scripts,
  script_deleted: scripts,
  script_shared: scripts,
};

/** Orders that no role carries out. */
const obeyedByNobody: Reasons = {
  allocate_resources_command:
    'a slot is taken by the record itself; the order tells of it to whoever reads the events',
  release_resources_command: 'a slot is given back by the record itself; the order tells of it',
};

const files = await sourceFiles();
const said = saidIn(files);
const heard = heardIn(files);

const without = (present: ReadonlySet<string>, some: readonly EventType[] = eventTypes): string[] =>
  some.filter((type) => !present.has(type)).toSorted();

test('every type of event is said by somebody, or the list says why not', () => {
  expect(without(said)).toEqual(Object.keys(saidByNobody).toSorted());
});

test('every type of event is heard by somebody, or the list says why not', () => {
  expect(runEventTypes.length).toBeGreaterThan(30);
  expect(without(new Set([...heard, ...runEventTypes]))).toEqual(Object.keys(heardByNobody).toSorted());
});

test('every order is carried out by a role, or the list says why not', () => {
  const orders = eventTypes.filter((type) => type.endsWith('_command'));
  expect(without(heard, orders)).toEqual(Object.keys(obeyedByNobody).toSorted());
});

test('the places are found in each of their forms, and nowhere else', () => {
  const sample = (path: string, text: string) => [{ path, text }];
  const sayings = [
    "const a = { type: 'user_deleted', at };",
    "const a = { type: 'user_deleted' as const, at };",
    "makeEvent('user_deleted', id, {});",
    "attemptEvent(\n  pod.speaker,\n  'user_deleted',\n  {},\n);",
  ];
  for (const text of sayings)
    expect([text, saidIn(sample('actors/x.ts', text)).has('user_deleted')]).toEqual([text, true]);
  const hearings = [
    "case 'user_deleted': {",
    '{ user_deleted: cleaning(ports) }',
    '{ user_deleted: async (event) => 1 }',
    'async user_deleted({ payload }) {',
  ];
  for (const text of hearings)
    expect([text, heardIn(sample('actors/x.ts', text)).has('user_deleted')]).toEqual([text, true]);
  const neither = [
    "// type: 'user_deleted',",
    "if (event.type === 'user_deleted') x();",
    "interface X { type: 'user_deleted'; at: number }",
    "const list = ['user_deleted', 'other'];",
    'user_deleted: Type.Object({})',
  ];
  for (const text of neither) {
    const files = sample('actors/x.ts', text);
    expect([text, saidIn(files).size, heardIn(files).size]).toEqual([text, 0, 0]);
  }
  expect(saidIn(sample('src/domain/x.ts', sayings[0] ?? '')).size).toBe(0);
});
