// Running scripts, as a person sees it.
import { expect, type Locator, type Page } from '@playwright/test';
import { test } from './journey.ts';

const waiting = `for number in range(1, 4):
    print("line", number)
input()
print("over")
`;

test('a line is seen before the script has ended', async ({ editor }) => {
  await editor.run(waiting);
  await expect(editor.lines).toContainText('line 3');
  await expect(editor.state).toHaveText('Running.');
  await expect(editor.page).toHaveTitle('Running · Editor · Greenroom');
  await editor.input.fill('');
  await editor.input.press('Enter');
  await expect(editor.lines).toContainText('over');
  await editor.ended();
});

test('an input() is answered, and the answer is shown', async ({ editor }) => {
  await editor.run('name = input("Name? ")\nprint("Hello", name)\n');
  await expect(editor.lines).toContainText('Name?');
  await editor.input.fill('Ada ✓');
  await editor.input.press('Enter');
  await expect(editor.lines).toContainText('typed: Ada ✓');
  await expect(editor.lines).toContainText('Hello Ada ✓');
  await editor.ended();
  await expect(editor.page.getByText('Input can be typed while a script runs.')).toBeVisible();
});

test('the end of input reaches the script', async ({ editor, page }) => {
  await editor.run('import sys\nprint("ready")\nprint(len(sys.stdin.read()), "characters")\n');
  await expect(editor.lines).toContainText('ready');
  await page.getByRole('button', { name: 'End of input' }).click();
  await expect(editor.lines).toContainText('0 characters');
  await editor.ended();
});

test('an endless loop is stopped', async ({ editor }) => {
  await editor.run('print("begun")\nwhile True:\n    pass\n');
  await expect(editor.lines).toContainText('begun');
  await editor.stopButton.click();
  await editor.ended('The run was cancelled on request.');
  await expect(editor.runButton).toBeEnabled();
});

test('a page that is loaded again in mid-run shows everything, and goes on', async ({ editor, page }) => {
  await editor.run(waiting);
  await expect(editor.lines).toContainText('line 3');
  await expect(page).toHaveURL(/\/editor\?execution=/);
  await page.reload();
  await expect(editor.lines).toContainText('line 1');
  await expect(editor.lines).toContainText('line 3');
  await expect(editor.script).toContainText('for number in range');
  await editor.input.press('Enter');
  await editor.ended();
  await page.reload();
  await expect(editor.lines).toContainText('over');
  await editor.ended();
});

test('what is written after a run is still there when the page is loaded again', async ({ editor, page }) => {
  await editor.run('print("as it ran")\n');
  await editor.ended();
  await editor.write('# written since\n');
  await page.reload();
  await expect(editor.lines).toContainText('as it ran');
  await expect(editor.script).toContainText('# written since');
});

test('a run that is opened leaves the draft alone', async ({ editor, page }) => {
  await editor.run('print("an old run")\n');
  await editor.ended();
  const address = page.url();
  await page.getByRole('link', { name: 'Greenroom' }).click();
  // The page has left the run: what is written before that still belongs to it.
  await expect(editor.state).toHaveText('');
  await editor.write('# my draft\n');
  await page.goto(address);
  await expect(editor.script).toContainText('an old run');
  await page.getByRole('link', { name: 'Greenroom' }).click();
  await expect(editor.script).toContainText('# my draft');
});

test('the output is copied as plain text', async ({ editor, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await editor.run('print("\\x1b[32mgreen\\x1b[0m")\nprint("second")\n');
  await editor.ended();
  await page.getByRole('button', { name: 'Copy the output' }).click();
  await expect(page.getByText('The output is in the clipboard.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('green\nsecond');
});

test('long lines scroll sideways when they are not wrapped', async ({ editor, page }) => {
  await editor.run('print("word " * 300)\n');
  await editor.ended();
  const overflow = () => editor.lines.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  expect(await overflow()).toBe(0);
  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  await expect.poll(overflow).toBeGreaterThan(1_000);
});

test('colours, error output and carriage returns show as in a terminal', async ({ editor }) => {
  await editor.run(`import sys
print("\\x1b[31mcrimson\\x1b[0m and plain")
print("10%\\r20%\\r99%")
print("trouble", file=sys.stderr)
`);
  await editor.ended();
  const crimson = editor.lines.getByText('crimson', { exact: true });
  await expect(crimson).not.toHaveCSS('color', await colourOf(editor.lines.getByText('and plain')));
  await expect(editor.lines).toContainText('99%');
  await expect(editor.lines).not.toContainText('10%');
  await expect(editor.lines).toContainText('error output: trouble');
});

test('an exit code and a limit are told in a sentence', async ({ editor, page }) => {
  await editor.run('import sys\nsys.exit(3)\n');
  await editor.ended('The script ended by itself with exit code 3.');
  await page.getByText('Options', { exact: true }).click();
  await page.getByLabel('Time limit (s)').fill('1');
  await editor.run('while True:\n    pass\n');
  await editor.ended(/ran longer than its limit of 1 second/);
  await expect(page.getByText('of 1 s', { exact: false }).first()).toBeVisible();
});

test('arguments, environment, given input and files reach the script', async ({ editor, page }) => {
  await page.getByText('Options', { exact: true }).click();
  await page.getByLabel('Arguments').fill('one\ntwo words');
  await page.getByLabel('Environment').fill('COLOUR=green');
  await page.getByLabel('Only what is written here').check();
  await page.getByLabel('Given before the script begins').fill('from the box');
  await page
    .getByLabel('Files beside the script')
    .setInputFiles({ name: 'data.txt', mimeType: 'text/plain', buffer: Buffer.from('in a file') });
  await editor.run(`import os, sys
print(sys.argv[1:], os.environ["COLOUR"], input(), open("data.txt").read())
`);
  await expect(editor.lines).toContainText("['one', 'two words'] green from the box in a file");
  await editor.ended();
});

test('a flood of lines stays quick, and its end can be reached', async ({ editor, page }) => {
  await editor.run('for number in range(60000):\n    print("row", number)\n');
  await editor.ended();
  await expect(editor.lines).toContainText('row 59999');
  await expect(page.getByText('lines are not shown here')).toBeVisible();
  expect(await editor.lines.getByText(/^row/).count()).toBeLessThan(200);
  const toEnd = page.getByRole('button', { name: 'Jump to the end' });
  // Lines are still being measured when somebody leaves the end, and again at the other one: neither takes the view back.
  for (let round = 0; round < 3; round += 1) {
    await editor.lines.press('Home');
    await framesPass(page, 30);
    expect(await editor.lines.evaluate(({ scrollTop }) => scrollTop)).toBe(0);
    await toEnd.click();
    await expect(editor.lines).toContainText('row 59999');
    await expect(toEnd).toHaveCount(0);
  }
});

test('whoever leaves the end stays there while more is written, and who returns follows it', async ({
  editor,
  page,
}) => {
  await editor.run(`for part in range(4):
    for number in range(300):
        print("part", part, "line", number)
    input()
`);
  const next = async (part: number): Promise<void> => {
    await editor.input.press('Enter');
    // Its last line may be out of sight; what is kept in sight tells how far it is.
    await expect
      .poll(() => editor.lines.evaluate(({ scrollHeight }) => scrollHeight))
      .toBeGreaterThan(part * 300 * 19);
    await framesPass(page, 5);
  };
  await expect(editor.lines).toContainText('part 0 line 299');
  await editor.lines.hover();
  await page.mouse.wheel(0, -600);
  const toEnd = page.getByRole('button', { name: 'Jump to the end' });
  await expect(toEnd).toBeVisible();
  const top = (): Promise<number> => editor.lines.evaluate(({ scrollTop }) => scrollTop);
  await framesPass(page, 30);
  const left = await top();
  await next(2);
  expect(await top()).toBe(left);
  await toEnd.click();
  await expect(editor.lines).toContainText('part 1 line 299');
  await next(3);
  await expect(editor.lines).toContainText('part 2 line 299');
  await editor.input.press('Enter');
  await expect(editor.lines).toContainText('part 3 line 299');
  await expect(toEnd).toHaveCount(0);
});

test('recent runs are listed and opened', async ({ editor, page }) => {
  await editor.run('print("the first of two")\n');
  await editor.ended();
  await editor.run('print("the second of two")\n');
  await expect(editor.lines).toContainText('the second');
  await page.getByRole('button', { name: 'Recent runs' }).click();
  await page.getByRole('link', { name: /first of two/ }).click();
  await expect(editor.lines).toContainText('the first of two');
  await page.goBack();
  await expect(editor.lines).toContainText('the second of two');
});

test('a run is deleted after a second thought, and leaves the page with it', async ({ editor, page }) => {
  await editor.run('print("to be kept")\n');
  await editor.ended();
  await editor.run('print("to be forgotten")\n');
  await editor.ended();
  await page.getByRole('button', { name: 'Recent runs' }).click();
  const list = page.getByRole('region', { name: 'Recent runs' });
  const bin = list.getByRole('button', { name: /Delete the run: print\("to be forgotten"\)/ });
  await bin.press('Enter');
  await expect(list.getByRole('button', { name: 'Keep' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(bin).toBeFocused();
  await bin.press('Enter');
  const gone = page.url();
  await list.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(list.getByText('to be forgotten')).toHaveCount(0);
  await expect(list.getByText('to be kept')).toBeVisible();
  await expect(page).not.toHaveURL(gone);
  await page.goto(gone);
  await expect(page.getByText('Execution not found')).toBeVisible();
});

const colourOf = (locator: Locator): Promise<string> =>
  locator.evaluate((element) => getComputedStyle(element).color);

test('files that the script leaves are shown, pictures in place', async ({ editor, page }) => {
  await editor.run(`import struct, zlib

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

rows = b"".join(b"\\0" + b"\\x15\\x6b\\x42" * 120 for _ in range(60))
with open("out/plot.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 120, 60, 8, 2, 0, 0, 0)))
    file.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
with open("out/table.csv", "w") as file:
    file.write("a,b\\n1,2\\n")
`);
  await editor.ended();
  const files = page.getByRole('region', { name: 'Files' });
  const picture = files.getByRole('img', { name: 'plot.png' });
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(120);
  const table = files.getByRole('listitem').filter({ hasText: 'table.csv' });
  const download = page.waitForEvent('download');
  await table.getByRole('link', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toBe('table.csv');
});

test('the whole output is downloaded byte by byte', async ({ editor, page }) => {
  await editor.run('import sys\nsys.stdout.buffer.write(bytes(range(256)))\n');
  await editor.ended();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Output' }).click();
  const stream = await (await download).createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  expect([...Buffer.concat(parts)]).toEqual(Array.from({ length: 256 }, (_, value) => value));
});

/** So that whatever was begun before can be seen. */
const framesPass = (page: Page, count: number): Promise<void> =>
  page.evaluate(async (frames) => {
    for (let left = frames; left > 0; left -= 1) await new Promise(requestAnimationFrame);
  }, count);
