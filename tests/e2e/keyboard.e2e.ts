// Everything by keyboard alone.
import { expect } from '@playwright/test';
import { EditorPage, test } from './journey.ts';

test('log in, write, run, answer and stop without a mouse', async ({ page, account }) => {
  await page.goto('/login');
  await page.getByLabel('Username').waitFor();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Username')).toBeFocused();
  await page.keyboard.type(account.username);
  await page.keyboard.press('Tab');
  await page.keyboard.type(account.password);
  await page.keyboard.press('Enter');

  const editor = new EditorPage(page);
  await expect(editor.script).toBeVisible();
  await tabTo(page, 'Script');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('while True:\nprint("got", input())\n');
  await expect(editor.script).toContainText('    print("got", input())');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(editor.state).toHaveText('Running.');
  // Escape gives Tab back to the page.
  await page.keyboard.press('Escape');
  await tabTo(page, 'Input');
  await page.keyboard.type('a line');
  await page.keyboard.press('Enter');
  await expect(editor.lines).toContainText('got a line');
  await expect(editor.input).toBeFocused();
  await editor.stopButton.focus();
  await page.keyboard.press('Enter');
  await editor.ended('The run was cancelled on request.');
});

test('the border between editor and output moves by arrow keys, and stays', async ({ editor, page }) => {
  const border = page.getByRole('slider', { name: 'Width of the editor' });
  await border.focus();
  const before = (await editor.script.boundingBox())?.width ?? 0;
  for (let step = 0; step < 5; step += 1) await page.keyboard.press('ArrowRight');
  await expect(border).toHaveAttribute('aria-valuetext', '60 percent');
  await expect.poll(async () => (await editor.script.boundingBox())?.width ?? 0).toBeGreaterThan(before);
  await page.reload();
  await expect(border).toHaveAttribute('aria-valuetext', '60 percent');
});

test('menus open, close by Escape, and give the focus back', async ({ editor, page }) => {
  await expect(editor.script).toBeVisible();
  const menu = page.getByRole('button', { name: 'Theme' });
  await menu.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: 'As the system' }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await page.keyboard.press('Escape');
  await expect(menu).toBeFocused();
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeHidden();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

/** Presses Tab until what has this name is focused. */
async function tabTo(page: EditorPage['page'], name: string): Promise<void> {
  const target = page.getByRole('textbox', { name, exact: true });
  for (let step = 0; step < 30; step += 1) {
    if (await target.evaluate((element) => element.matches(':focus'))) return;
    await page.keyboard.press('Tab');
  }
  await expect(target).toBeFocused();
}
