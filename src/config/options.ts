// The one table of settings: path, type, default, whether it is a secret, and one sentence. Nothing else defines a setting.
import { roleNames } from '#src/domain/roles.ts';
import { clusterOptions } from './cluster-options.ts';
import type { Option } from './option.ts';

export const options = {
  'server.host': { kind: 'text', default: '127.0.0.1', bare: 'HOST', sentence: 'Address to listen on.' },
  'server.port': {
    kind: 'integer',
    default: 5001,
    minimum: 0,
    maximum: 65_535,
    bare: 'PORT',
    sentence: 'Port to listen on; 0 takes a free one.',
  },
  'server.trusted_proxies': {
    kind: 'list',
    default: [],
    sentence: 'Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.',
  },
  'server.environment': {
    kind: 'text',
    default: 'production',
    allowed: ['development', 'staging', 'production', 'test'],
    sentence: 'Outside production the API document is served.',
  },
  'process.roles': {
    kind: 'list',
    default: [...roleNames],
    allowed: roleNames,
    bare: 'ROLES',
    sentence: 'Roles that this process plays.',
  },
  'process.drain_seconds': {
    kind: 'integer',
    default: 20,
    minimum: 0,
    maximum: 3_600,
    sentence: 'How long a stop waits for scripts that are still running here.',
  },
  'data.dir': {
    kind: 'text',
    default: './data',
    bare: 'DATA_DIR',
    sentence: 'Folder of the embedded store and of the sandboxes, one for each process; made with mode 700.',
  },
  'secret.key': {
    kind: 'text',
    default: '',
    secret: true,
    bare: 'SECRET_KEY',
    sentence:
      'At least 32 characters, from which every key is derived; when empty, made once and kept in the data folder.',
  },
  'mongodb.uri': {
    kind: 'text',
    default: '',
    secret: true,
    bare: 'MONGODB_URI',
    sentence:
      'Where records and documents live, with credentials and TLS by its own options; with Kafka and Redis: the distributed profile.',
  },
  'mongodb.database': { kind: 'text', default: 'greenroom', sentence: 'Name of the database.' },
  'kafka.brokers': {
    kind: 'list',
    default: [],
    bare: 'KAFKA_BROKERS',
    sentence: 'Addresses of the first brokers to ask, each as HOST:PORT.',
  },
  'kafka.topic_prefix': {
    kind: 'text',
    default: 'greenroom.',
    sentence: 'Before the name of every topic and group; apart for each installation on one cluster.',
  },
  'kafka.partitions': {
    kind: 'integer',
    default: 6,
    minimum: 1,
    maximum: 1_000,
    sentence:
      'Partitions of every topic, as they are made at the first start: so many processes can share a role.',
  },
  'kafka.replication': {
    kind: 'integer',
    default: 1,
    minimum: 1,
    maximum: 15,
    sentence: 'Copies of every partition; three where nothing may be lost with a broker.',
  },
  'kafka.tls': { kind: 'boolean', default: false, sentence: 'Whether brokers are spoken to over TLS.' },
  'kafka.ca_file': {
    kind: 'text',
    default: '',
    sentence: "Certificates that sign the brokers' (PEM); empty for those of the system.",
  },
  'kafka.sasl': {
    kind: 'text',
    default: 'none',
    allowed: ['none', 'plain', 'scram-sha-256', 'scram-sha-512'],
    sentence: 'How this process proves to the brokers who it is.',
  },
  'kafka.username': { kind: 'text', default: '', sentence: 'Name for kafka.sasl.' },
  'kafka.password': { kind: 'text', default: '', secret: true, sentence: 'Password for kafka.sasl.' },
  'redis.url': {
    kind: 'text',
    default: '',
    secret: true,
    bare: 'REDIS_URL',
    sentence: 'Limits, leases and hints: redis://USER:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS.',
  },
  'redis.prefix': {
    kind: 'text',
    default: 'greenroom:',
    sentence: 'Before every key and channel; apart for each installation on one server.',
  },
  'redis.ca_file': {
    kind: 'text',
    default: '',
    sentence: "Certificates that sign the server's (PEM); empty for those of the system.",
  },
  'runtime.kind': {
    kind: 'text',
    default: 'local',
    allowed: ['local', 'kubernetes'],
    sentence: 'Where scripts run: in sandboxes of this machine, or in pods of a cluster.',
  },
  'runtime.isolation': {
    kind: 'text',
    default: 'full',
    allowed: ['full', 'reduced'],
    sentence: 'What scripts run in: own namespaces, or (reduced) only Landlock, seccomp and resource limits.',
  },
  'runtime.interpreters': {
    kind: 'list',
    default: [],
    sentence: 'Further Python interpreters to offer, by absolute path; those on the PATH are found.',
  },
  'runtime.warm': {
    kind: 'integer',
    default: 2,
    minimum: 0,
    maximum: 32,
    sentence: 'Booted sandboxes or pods kept ready for each Python version that is in demand.',
  },
  ...clusterOptions,
  'execution.timeout_seconds': {
    kind: 'integer',
    default: 300,
    minimum: 1,
    maximum: 3_600,
    sentence: 'Longest run; a run may ask for less.',
  },
  'execution.memory': {
    kind: 'memory',
    default: '512Mi',
    sentence: 'Most memory of a run; a run may ask for less.',
  },
  'execution.cpu': {
    kind: 'cpu',
    default: '1000m',
    sentence: 'Processor share of a run that asks for none.',
  },
  'execution.cpu_max': {
    kind: 'cpu',
    default: '2000m',
    sentence: 'Most processor share that a run may ask for.',
  },
  'execution.processes': {
    kind: 'integer',
    default: 64,
    minimum: 8,
    maximum: 4_096,
    sentence: 'Processes and threads of a run.',
  },
  'execution.disk': { kind: 'memory', default: '64Mi', sentence: 'Space for the files of a run.' },
  'execution.output': {
    kind: 'memory',
    default: '10Mi',
    sentence: 'Most output of a run, both streams together.',
  },
  'execution.concurrent': {
    kind: 'integer',
    default: 10,
    minimum: 1,
    maximum: 100,
    sentence: 'Runs at the same time.',
  },
  'execution.concurrent_per_user': {
    kind: 'integer',
    default: 10,
    minimum: 1,
    maximum: 100,
    sentence: 'Runs of one user at the same time.',
  },
  'execution.queued_per_user': {
    kind: 'integer',
    default: 200,
    minimum: 1,
    maximum: 100_000,
    sentence: 'Runs of one user that may wait.',
  },
  'execution.queue_timeout_seconds': {
    kind: 'integer',
    default: 3_600,
    minimum: 10,
    maximum: 86_400,
    sentence: 'How long a run may wait while runs are admitted.',
  },
  'retention.executions_days': {
    kind: 'integer',
    default: 0,
    minimum: 0,
    maximum: 3_650,
    sentence: 'Runs are deleted so many days after their end; 0 keeps them until somebody deletes them.',
  },
  'retention.events_days': {
    kind: 'integer',
    default: 30,
    minimum: 1,
    maximum: 3_650,
    sentence: 'Events are kept so many days, and as long as anything unfinished may need them.',
  },
  'quota.cpu_seconds_day': {
    kind: 'integer',
    default: 0,
    minimum: 0,
    maximum: 1_000_000_000,
    sentence: 'Processor time of a user in a day (UTC), as runs end; 0 is without limit.',
  },
  'quota.storage_bytes': {
    kind: 'integer',
    default: 0,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    sentence: 'What the runs of a user may keep before no new one is taken; 0 is without limit.',
  },
  'auth.session_minutes': {
    kind: 'integer',
    default: 60,
    minimum: 5,
    maximum: 1_440,
    sentence: 'A session ends when unused for this long.',
  },
  'auth.password_length_min': {
    kind: 'integer',
    default: 8,
    minimum: 8,
    maximum: 32,
    sentence: 'Shortest password.',
  },
  'auth.login_attempts_max': {
    kind: 'integer',
    default: 5,
    minimum: 3,
    maximum: 10,
    sentence: 'Failed logins of one name from one address before it is locked out.',
  },
  'auth.lockout_minutes': {
    kind: 'integer',
    default: 15,
    minimum: 5,
    maximum: 60,
    sentence: 'How long a lock-out lasts.',
  },
  'auth.bcrypt_cost': {
    kind: 'integer',
    default: 12,
    minimum: 4,
    maximum: 16,
    sentence: 'Work factor of password hashes.',
  },
  'limits.enabled': {
    kind: 'boolean',
    default: true,
    sentence: 'Request limits; switch them off for tests and benches only.',
  },
  'log.level': {
    kind: 'text',
    default: 'info',
    allowed: ['debug', 'info', 'warn', 'error'],
    sentence: 'Least important line that is written.',
  },
} as const satisfies Record<string, Option>;

export type OptionPath = keyof typeof options;

type ValueOf<Entry extends Option> = Entry extends { kind: 'list'; allowed: readonly (infer Allowed)[] }
  ? Allowed[]
  : Entry extends { kind: 'text'; allowed: readonly (infer Allowed)[] }
    ? Allowed
    : Entry extends { kind: 'integer' }
      ? number
      : Entry extends { kind: 'boolean' }
        ? boolean
        : Entry extends { kind: 'list' }
          ? string[]
          : string;

export type Config = { readonly [Path in OptionPath]: ValueOf<(typeof options)[Path]> };

export const optionPaths = Object.keys(options) as OptionPath[];
export const optionAt = (path: OptionPath): Option => options[path];

/** The variable that sets an option: `server.host` → `GREENROOM_SERVER_HOST`. */
export const variableOf = (path: OptionPath): string => `GREENROOM_${path.replace('.', '_').toUpperCase()}`;
