// Loaded before every test file: what a test must never inherit from the machine that it runs on.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('GREENROOM_') || name === 'ROLES' || name === 'SECRET_KEY') delete process.env[name];
}
