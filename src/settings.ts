// One configuration → what each layer is told, in its own units. Pure.
import type { ApiSettings } from '#src/api/deps.ts';
import type { RunPolicy } from '#src/app/executions/policy.ts';
import type { Config } from '#src/config/options.ts';
import type { AccountRules } from '#src/domain/accounts.ts';
import { assert } from '#src/domain/errors.ts';
import { parseCpuMillis, parseMemoryBytes } from '#src/domain/quantities.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import { deriveKey } from './adapters/system/secret-key.ts';
import { version } from './version.ts';

const dayMs = 24 * 60 * 60 * 1_000;
const bodyBytesMax = 10 * 1024 * 1024;
/** The largest body at 700 kbit/s. */
const bodyMsMax = 120_000;

export const roleSettings = (config: Config, key: string, process: string): RoleSettings => ({
  process,
  serviceVersion: version,
  concurrentMax: config['execution.concurrent'],
  concurrentPerUserMax: config['execution.concurrent_per_user'],
  queueTimeoutMs: config['execution.queue_timeout_seconds'] * 1_000,
  nonceSecret: deriveKey(key, 'nonce'),
  retention: {
    runsMs: config['retention.executions_days'] === 0 ? null : config['retention.executions_days'] * dayMs,
    eventsMs: config['retention.events_days'] * dayMs,
  },
  drainMs: config['process.drain_seconds'] * 1_000,
});

export const runPolicy = (config: Config): RunPolicy => ({
  limits: {
    timeoutMs: config['execution.timeout_seconds'] * 1_000,
    memoryBytes: bytes(config['execution.memory']),
    cpuMillis: millis(config['execution.cpu_max']),
    processesMax: config['execution.processes'],
    diskBytes: bytes(config['execution.disk']),
    outputBytes: bytes(config['execution.output']),
  },
  cpuDefaultMillis: millis(config['execution.cpu']),
  queuedPerUserMax: config['execution.queued_per_user'],
  concurrentMax: config['execution.concurrent'],
  concurrentPerUserMax: config['execution.concurrent_per_user'],
  cpuSecondsDayMax: config['quota.cpu_seconds_day'],
  storageBytesMax: config['quota.storage_bytes'],
});

export const accountRules = (config: Config): AccountRules => ({
  passwordLengthMin: config['auth.password_length_min'],
  sessionTimeoutMs: config['auth.session_minutes'] * 60_000,
  loginAttemptsMax: config['auth.login_attempts_max'],
  lockoutMs: config['auth.lockout_minutes'] * 60_000,
});

export const apiSettings = (config: Config, key: string): ApiSettings => ({
  secret: deriveKey(key, 'sessions'),
  serviceVersion: version,
  environment: config['server.environment'],
  trustedProxies: config['server.trusted_proxies'],
  tls: false,
  limitsEnabled: config['limits.enabled'],
  bodyBytesMax,
  bodyMsMax,
});

/** Checked when the configuration was read. */
function bytes(text: string): number {
  const amount = parseMemoryBytes(text);
  assert(amount !== null, 'an amount of memory was accepted that is none');
  return amount;
}

function millis(text: string): number {
  const share = parseCpuMillis(text);
  assert(share !== null, 'a processor share was accepted that is none');
  return share;
}
