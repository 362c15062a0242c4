// `greenroom create-admin`: through the running server where there is one, else on the store itself.

import { createAccountServices, type Services } from '#src/api/services.ts';
import type { NewAccount } from '#src/app/accounts.ts';
import type { Config } from '#src/config/options.ts';
import { DomainError } from '#src/domain/errors.ts';
import { pinoLogger } from '#src/observability/logger.ts';
import { openDocuments } from './adapters/select.ts';
import { randomIds, systemClock } from './adapters/system/clock.ts';
import { bcryptPasswords } from './adapters/system/passwords.ts';
import { installationKey } from './adapters/system/secret-key.ts';
import { systemSecrets } from './adapters/system/secrets.ts';
import { askServer, type Commands } from './command-socket.ts';
import { accountRules, apiSettings } from './settings.ts';

/** @throws DomainError for what is wrong with the account. */
export async function createAdminCommand(config: Config, account: NewAccount): Promise<void> {
  if ((await askServer(config['data.dir'], 'create-admin', { ...account })) !== null) return;
  const clock = systemClock();
  const logger = pinoLogger({ level: config['log.level'], process: 'create-admin' });
  const key = await installationKey(config['data.dir'], config['secret.key']);
  const stores = await openDocuments(config, clock, logger);
  try {
    const passwords = bcryptPasswords({ cost: config['auth.bcrypt_cost'] });
    const rules = accountRules(config);
    const { accounts } = createAccountServices({
      ports: {
        documents: stores.documents,
        clock,
        ids: randomIds(),
        logger,
        passwords,
        secrets: systemSecrets,
      },
      settings: apiSettings(config, key),
      rules: () => rules,
    });
    await accounts.create(account, 'admin', true);
  } finally {
    await stores.close();
  }
}

/** What the running server answers on its command socket. */
export const accountCommands = ({ accounts }: Pick<Services, 'accounts'>): Commands => ({
  'create-admin': async ({ username, email, password }) => {
    if (typeof username !== 'string' || typeof email !== 'string' || typeof password !== 'string') {
      throw new DomainError('validation', 'Username, email and password are texts');
    }
    const user = await accounts.create({ username, email, password }, 'admin', true);
    return { user_id: user.id };
  },
});
