// What every journey begins with: a server of its own, an account, a page that is logged in; and what must never happen on
// any page: an error that nobody catches, or something that the page's own policy forbids.
import { test as base, expect, type Page } from '@playwright/test';
import { adminAccount, type Binary, newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';

export interface Account {
  username: string;
  email: string;
  password: string;
}

interface ForEach {
  account: Account;
  /** Logged in as the account, at the editor. */
  editor: EditorPage;
  quiet: undefined;
}

export const test = base.extend<ForEach, { server: Binary }>({
  server: [
    async ({ browserName }, use) => {
      expect(browserName).toBe('chromium');
      const dataDir = await newDataDir();
      const server = await startBinary({ dataDir });
      await makeAdmin(server);
      await use(server);
      await server.stop();
      await removeDataDir(dataDir);
    },
    { scope: 'worker' },
  ],
  baseURL: ({ server }, use) => use(server.url),
  account: async ({ request }, use, { testId }) => {
    const account = {
      username: `user-${testId.slice(-8)}`,
      email: `user-${testId.slice(-8)}@example.org`,
      password: 'correct horse battery',
    };
    const answer = await request.post('/api/v1/auth/register', { data: account });
    expect(answer.status()).toBe(200);
    await use(account);
  },
  editor: async ({ page, account }, use) => {
    const { username, password } = account;
    const answer = await page.request.post('/api/v1/auth/login', { form: { username, password } });
    expect(answer.status()).toBe(200);
    await page.goto('/editor');
    const editor = new EditorPage(page);
    await expect(editor.script).toBeVisible();
    await use(editor);
  },
  quiet: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      await page.exposeFunction('tellFault', (fault: string) => faults.push(fault));
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective, sourceFile, sample }) => {
          // The browser's own editing commands style what they insert; that no script asked for it shows in the missing source.
          if (effectiveDirective === 'style-src-attr' && sourceFile === '') return;
          Reflect.get(
            window,
            'tellFault',
          )(`forbidden by the policy: ${effectiveDirective} ${sourceFile} ${sample}`);
        });
      });
      await use(undefined);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

/** The editor's page by its roles and names, as a person finds them. */
export class EditorPage {
  constructor(readonly page: Page) {}

  get script() {
    return this.page.getByRole('textbox', { name: 'Script', exact: true });
  }
  get runButton() {
    return this.page.getByRole('button', { name: 'Run', exact: true });
  }
  get stopButton() {
    return this.page.getByRole('button', { name: /^Stop/ });
  }
  get lines() {
    return this.page.getByRole('log', { name: 'Lines of the output' });
  }
  get state() {
    return this.page.getByRole('status', { name: 'State of the run' });
  }
  get input() {
    return this.page.getByRole('textbox', { name: 'Input' });
  }

  /** As a person replaces everything by pasting. */
  async write(script: string): Promise<void> {
    await this.script.press('ControlOrMeta+a');
    await this.script.press('Delete');
    await this.page.keyboard.insertText(script);
  }

  async run(script: string): Promise<void> {
    await this.write(script);
    await this.runButton.click();
  }

  async ended(sentence: string | RegExp = 'The script ran to its end.'): Promise<void> {
    await expect(this.state).toHaveText(sentence);
  }
}

async function makeAdmin({ url, setupToken }: Binary): Promise<void> {
  const answer = await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: setupToken, ...adminAccount }),
  });
  expect(answer.status).toBe(200);
}
