// The server goes away and comes back.
import { expect } from '@playwright/test';
import { adminAccount, newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { EditorPage, test } from './journey.ts';

test('a server that is gone is told of, and a run is followed again when it is back', async ({ page }) => {
  test.setTimeout(120_000);
  const dataDir = await newDataDir();
  const first = await startBinary({ dataDir });
  let second: typeof first | null = null;
  try {
    await page.goto(`${first.url}/setup?token=${first.setupToken}`);
    await page.getByLabel('Username').fill(adminAccount.username);
    await page.getByLabel('Email').fill(adminAccount.email);
    await page.getByLabel('Password').fill(adminAccount.password);
    await page.getByRole('button', { name: 'Make the administrator' }).click();
    const editor = new EditorPage(page);
    await editor.run('print("before the fall")\ninput()\n');
    await expect(editor.lines).toContainText('before the fall');

    await first.stop('SIGKILL');
    await expect(page.getByText('The connection is lost.')).toBeVisible();
    await editor.input.fill('anyone?');
    await editor.input.press('Enter');
    await expect(page.getByText('The server cannot be reached.')).toBeVisible();
    await expect(editor.input).toHaveValue('anyone?');
    await expect(editor.lines).toContainText('before the fall');

    second = await startBinary({ dataDir, port: Number(new URL(first.url).port) });
    await expect(page.getByText('The connection is lost.')).toBeHidden();
    await expect(editor.lines).toContainText('before the fall');
    // The new process first makes sure that nobody looks after the run any more.
    const lost = /^The run was lost, through no fault of the script/;
    await expect(editor.state).toHaveText(lost, { timeout: 60_000 });
    await expect(editor.runButton).toBeEnabled();
  } finally {
    await second?.stop();
    await removeDataDir(dataDir);
  }
});

test('a device without a network says so', async ({ editor, page, context }) => {
  await context.setOffline(true);
  await expect(page.getByText('This device is offline.')).toBeVisible();
  await editor.runButton.click();
  await expect(page.getByRole('alert')).toHaveText(/The server cannot be reached/);
  await context.setOffline(false);
  await expect(page.getByText('This device is offline.')).toBeHidden();
  await editor.run('print("back again")\n');
  await expect(editor.lines).toContainText('back again');
});

test('too many requests are told with the time to wait', async ({ editor, page }) => {
  await page.route('**/api/v1/execute', (route) =>
    route.fulfill({
      status: 429,
      json: { detail: 'Too many requests', type: 'ThrottledError', retry_after: 42 },
    }),
  );
  await editor.runButton.click();
  await expect(page.getByRole('alert')).toHaveText('That was too often. Try again in 42 s.');
});

test('an option that is not understood is marked, and nothing runs', async ({ editor, page }) => {
  await page.getByText('Options', { exact: true }).click();
  await page.getByLabel('Environment').fill('no equals sign');
  await editor.runButton.click();
  await expect(page.getByText('“no equals sign” is not of the form NAME=value.')).toBeVisible();
  await expect(page).toHaveURL(/\/editor$/);
});
