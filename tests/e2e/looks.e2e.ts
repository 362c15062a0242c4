// Every page in both themes, on a desk and on a phone: free of what an accessibility checker finds, nothing wider than the
// screen, and a picture of each to look at.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, type TestInfo } from '@playwright/test';
import { test } from './journey.ts';

const screens = [
  { screen: 'desk', viewport: { width: 1280, height: 800 } },
  { screen: 'phone', viewport: { width: 390, height: 780 } },
] as const;
const schemes = ['light', 'dark'] as const;

const showpiece = `import sys
print("\\x1b[1mbold\\x1b[0m \\x1b[31mred\\x1b[0m \\x1b[32mgreen\\x1b[0m \\x1b[33myellow\\x1b[0m"
      " \\x1b[34mblue\\x1b[0m \\x1b[35mmagenta\\x1b[0m \\x1b[36mcyan\\x1b[0m \\x1b[37mwhite\\x1b[0m \\x1b[90mgrey\\x1b[0m")
print("\\x1b[41m on red \\x1b[0m \\x1b[42m on green \\x1b[0m \\x1b[7m reversed \\x1b[0m")
print("Ada Lovelace wrote the first program in 1843; " * 4)
print("a warning", file=sys.stderr)
open("out/notes.txt", "w").write("x" * 2000)
name = input("Name? ")
print("Hello", name)
sys.exit(3)
`;

for (const { screen, viewport } of screens) {
  for (const colorScheme of schemes) {
    test.describe(`on a ${screen}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });

      test('the pages of accounts', async ({ page }, info) => {
        for (const path of ['/login', '/register', '/setup', '/nowhere']) {
          await page.goto(path);
          await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
          await examine(page, info, `${path.slice(1)}-${screen}-${colorScheme}`);
        }
      });

      test('the editor, empty, running and ended', async ({ editor, page }, info) => {
        await examine(page, info, `editor-empty-${screen}-${colorScheme}`);
        await page.getByRole('button', { name: 'Examples' }).click();
        await page.getByRole('button', { name: 'Python example' }).click();
        await expect(editor.script).toContainText('# Output appears while the script runs.');
        await editor.run(showpiece);
        await expect(editor.lines).toContainText('Name?');
        await examine(page, info, `editor-running-${screen}-${colorScheme}`);
        await editor.input.fill('Ada');
        await editor.input.press('Enter');
        await editor.ended('The script ended by itself with exit code 3.');
        await examine(page, info, `editor-ended-${screen}-${colorScheme}`);
        await page.getByRole('button', { name: 'Recent runs' }).click();
        await expect(page.getByRole('link', { name: /Exit 3/ })).toBeVisible();
        await examine(page, info, `recent-runs-${screen}-${colorScheme}`);
        await page
          .getByRole('button', { name: /^Delete the run/ })
          .first()
          .click();
        await examine(page, info, `recent-runs-deleting-${screen}-${colorScheme}`);
        await page.keyboard.press('Escape');
        await page.getByText('Options', { exact: true }).click();
        await expect(page.getByLabel('Arguments')).toBeVisible();
        await examine(page, info, `options-${screen}-${colorScheme}`);
        await page.getByText('Options', { exact: true }).click();
        await page.goto('/editor?execution=00000000-0000-4000-8000-000000000000');
        await expect(page.getByRole('alert')).toBeVisible();
        await examine(page, info, `editor-error-${screen}-${colorScheme}`);
      });
    });
  }
}

async function examine(page: Page, info: TestInfo, name: string): Promise<void> {
  await page.screenshot({ path: `${info.project.outputDir}/looks/${name}.png` });
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
  expect(found).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}
