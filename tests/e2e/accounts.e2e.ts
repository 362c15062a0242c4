// Coming in and going out.
import { expect } from '@playwright/test';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { EditorPage, test } from './journey.ts';

test('a new server is set up through the link that it printed', async ({ page }) => {
  const dataDir = await newDataDir();
  const server = await startBinary({ dataDir });
  try {
    await page.goto(`${server.url}/login`);
    await expect(page.getByText('This server has no administrator yet.')).toBeVisible();
    await page.goto(`${server.url}/setup?token=${server.setupToken}`);
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Make the administrator' }).click();
    await expect(page.getByLabel('Password')).toBeFocused();
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Make the administrator' }).click();
    const editor = new EditorPage(page);
    await editor.run('print("at home")\n');
    await expect(editor.lines).toContainText('at home');
    await page.goto(`${server.url}/setup?token=${server.setupToken}`);
    await expect(page.getByText('This server has an administrator already.')).toBeVisible();
  } finally {
    await server.stop();
    await removeDataDir(dataDir);
  }
});

test('a set-up link with a wrong token is refused in a sentence', async ({ page }) => {
  const dataDir = await newDataDir();
  const server = await startBinary({ dataDir });
  try {
    await page.goto(`${server.url}/setup?token=1234`);
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Make the administrator' }).click();
    await expect(page.getByRole('alert')).toHaveText('This set-up link is not valid.');
  } finally {
    await server.stop();
    await removeDataDir(dataDir);
  }
});

test('whoever registers is logged in', async ({ page }) => {
  await page.goto('/register');
  await page.getByLabel('Username').fill('newcomer');
  await page.getByLabel('Email').fill('newcomer@example.org');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await expect(page.getByRole('button', { name: 'newcomer' })).toBeVisible();
});

test('a name that is taken is told', async ({ page, account }) => {
  await page.goto('/register');
  await page.getByLabel('Username').fill(account.username);
  await page.getByLabel('Email').fill('other@example.org');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await expect(page.getByRole('alert')).toHaveText('Username already registered.');
});

test('a wrong login is refused, the right one leads to the page wanted', async ({ page, account }) => {
  await page.goto('/editor?execution=00000000-0000-4000-8000-000000000000');
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('Username').fill(account.username);
  await page.getByLabel('Password').fill('wrong horse battery');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toHaveText('Invalid credentials.');
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/editor\?execution=00000000-0000-4000-8000-000000000000/);
  await expect(page.getByRole('alert')).toContainText('not found');
});

test('login never leads to another place on the web', async ({ page, account }) => {
  await page.goto('/login?next=//example.org/editor');
  await page.getByLabel('Username').fill(account.username);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/127\.0\.0\.1:\d+\/editor$/);
});

test('logging out leads to the login, and the draft is there again afterwards', async ({
  editor,
  page,
  account,
}) => {
  await editor.write('# my draft\n');
  await page.getByRole('button', { name: account.username }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await page.getByLabel('Username').fill(account.username);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(editor.script).toContainText('# my draft');
});

test('a session that has ended leads to the login and back', async ({ editor, page, account }) => {
  await editor.run('print("seen")\n');
  await expect(editor.lines).toContainText('seen');
  await page.context().clearCookies();
  await editor.runButton.click();
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  await page.getByLabel('Username').fill(account.username);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/editor\?execution=/);
  await expect(editor.lines).toContainText('seen');
});

test('an address without a page says so', async ({ page }) => {
  await page.goto('/no/such/page');
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
});
