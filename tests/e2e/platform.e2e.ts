// What the platform itself does to a run, told by a server that is made to say so.
import { expect, type Page } from '@playwright/test';
import { test } from './journey.ts';

const state = (fields: object) =>
  `event: state\nid: 1\ndata: ${JSON.stringify({
    status: 'running',
    saga_state: 'running',
    attempt: 1,
    at: '2026-11-25T03:00:00.000Z',
    ...fields,
  })}\n\n`;
const output = (attempt: number, text: string) =>
  `event: output\nid: 1\ndata: ${JSON.stringify({ attempt, stream: 'stdout', seq: 1, at: '', text })}\n\n`;

/** Answers the run's stream with these events; the true one is never asked. */
async function say(page: Page, ...events: string[]): Promise<void> {
  await page.route('**/stream', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\n\n${events.join('')}` }),
  );
}

test('the place in the queue is told', async ({ editor, page }) => {
  await say(page, state({ status: 'queued', queue: { position: 3, ahead: 2, limit: 5 } }));
  await editor.runButton.click();
  await expect(editor.state).toHaveText('Queued at place 3: 2 ahead, 5 run at a time.');
  await expect(page.getByText('The script has not begun yet.')).toBeVisible();
  await expect(editor.stopButton).toBeEnabled();
});

test('a second attempt begins a block of its own', async ({ editor, page }) => {
  await say(page, state({}), output(1, 'half of it'), state({ attempt: 2 }), output(2, 'all of it\n'));
  await editor.runButton.click();
  await expect(editor.lines).toContainText('half of it');
  await expect(editor.lines).toContainText('Attempt 2: the platform lost the one before');
  await expect(editor.lines).toContainText('all of it');
  await expect(editor.state).toHaveText('Running, attempt 2.');
});

test('a stream that is refused can be asked for again', async ({ editor, page }) => {
  await page.route('**/stream', (route) => route.fulfill({ status: 503 }));
  await editor.run('print("worth waiting for")\n');
  await expect(page.getByText('The server does not let this run be followed right now.')).toBeVisible();
  await page.unroute('**/stream');
  await page.getByRole('button', { name: 'Follow again' }).click();
  await expect(editor.lines).toContainText('worth waiting for');
  await editor.ended();
});

test('a session that ends in mid-run leads to the login', async ({ editor, page, context }) => {
  await page.route('**/stream', async (route) => {
    await context.clearCookies();
    await route.fulfill({ status: 401 });
  });
  await editor.runButton.click();
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  await expect(page).toHaveURL(/next=%2Feditor%3Fexecution%3D/);
});

test('what the browser cannot show in full is said', async ({ editor, page }) => {
  await editor.run('import sys\nsys.stdout.write("x" * 40_000_000)\n');
  await editor.ended(/wrote more than its/);
  await expect(page.getByText('The script wrote more than is kept')).toBeVisible();
});
