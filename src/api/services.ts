// The use cases that the interface calls, built once for each server.
import { type Accounts, createAccounts } from '#src/app/accounts.ts';
import { createAdmission } from '#src/app/admission.ts';
import { costly } from '#src/app/costly.ts';
import { eventMaker } from '#src/app/events.ts';
import type { ExecutionDeps } from '#src/app/executions/dependencies.ts';
import { configuredQuotas } from '#src/app/executions/policy.ts';
import { createQueuePlaces } from '#src/app/executions/queue-places.ts';
import { createRoom } from '#src/app/executions/room.ts';
import { createLeave, type Leave } from '#src/app/leaving.ts';
import { createLockout, type Lockout } from '#src/app/lockout.ts';
import { createQuotas } from '#src/app/quotas.ts';
import { createSecurityLog, type SecurityLog } from '#src/app/security-log.ts';
import { createSessions, type Sessions } from '#src/app/sessions.ts';
import { createSetup, type Setup } from '#src/app/setup.ts';
import { createTokens, type Tokens } from '#src/app/tokens.ts';
import { createLimitsOf, type LimitsOf } from '#src/app/user-limits.ts';
import { createUsers, type Users } from '#src/app/users.ts';
import type { ApiDeps } from './deps.ts';
import { createSessionTokens, type SessionTokens } from './plugins/session-token.ts';

/** What needs the store and nothing that runs: the command line uses these as well. */
export interface AccountServices {
  accounts: Accounts;
  users: Users;
  lockout: Lockout;
  sessions: Sessions;
  tokens: Tokens;
  setup: Setup;
  limitsOf: LimitsOf;
  securityLog: SecurityLog;
  sessionTokens: SessionTokens;
}

export interface Services extends AccountServices {
  leave: Leave;
  runs: ExecutionDeps;
}

export interface AccountServiceDeps extends Pick<ApiDeps, 'settings' | 'rules'> {
  ports: Pick<ApiDeps['ports'], 'documents' | 'clock' | 'ids' | 'logger' | 'passwords' | 'secrets'>;
}

export function createServices(deps: ApiDeps): Services {
  const { ports, policy, runtimes } = deps;
  const services = createAccountServices(deps);
  const { securityLog } = services;
  const quotas = createQuotas(ports, () => configuredQuotas(policy()));
  const admission = createAdmission(ports);
  const queuePlaces = createQueuePlaces({ ports, policy, quotas, admission });
  const measured = costly<number>(ports.clock);
  const room = createRoom();
  return {
    ...services,
    leave: createLeave({ ...services, ...ports }),
    runs: { ports, policy, runtimes, securityLog, queuePlaces, quotas, admission, room, measured },
  };
}

export function createAccountServices({ ports, settings, rules }: AccountServiceDeps): AccountServices {
  const { documents, clock, ids, logger, passwords, secrets } = ports;
  const makeEvent = eventMaker(clock, ids, settings.serviceVersion);
  const users = createUsers(documents);
  const sessions = createSessions({ documents, users, clock, ids, makeEvent, rules });
  const lockout = createLockout({ documents, clock, rules });
  const tokens = createTokens({ documents, users, clock, ids, secrets });
  const accounts = createAccounts({
    users,
    sessions,
    lockout,
    passwords,
    clock,
    ids,
    makeEvent,
    rules,
  });
  const securityLog = createSecurityLog({ documents, clock, logger, makeEvent });
  return {
    accounts,
    users,
    lockout,
    sessions,
    tokens,
    setup: createSetup({ documents, accounts, secrets }),
    limitsOf: createLimitsOf(documents, clock),
    securityLog,
    sessionTokens: createSessionTokens(settings.secret),
  };
}
