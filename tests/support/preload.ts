// Loaded before every test file: how long one may take, and what it must never inherit from the machine that it runs on.
import { setDefaultTimeout } from 'bun:test';

// The file of settings has no word for it.
setDefaultTimeout(20_000);

for (const name of Object.keys(process.env)) {
  if (name.startsWith('GREENROOM_') || name === 'ROLES' || name === 'SECRET_KEY') delete process.env[name];
}
