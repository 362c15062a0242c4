import { expect, test } from 'bun:test';
import { base64Of, readFiles } from '#web/lib/run-files.ts';
import { changedCount, noOptions, requestOf } from '#web/lib/run-options.ts';

const program = { script: 'print()', language: 'python', version: '3.13' };

test('a run without options keeps its input open and asks for nothing else', () => {
  expect(requestOf(program, noOptions)).toEqual({
    ok: true,
    request: { script: 'print()', lang: 'python', lang_version: '3.13', stdin_open: true },
  });
  expect(changedCount(noOptions)).toBe(0);
});

test('each option reaches the request', () => {
  const options = {
    ...noOptions,
    args: 'one\n\ntwo words\n',
    env: 'A=1\nB=x=y',
    inputMode: 'given' as const,
    stdin: 'text',
    files: [{ path: 'a.txt', base64: 'eA==', sizeBytes: 1 }],
    timeoutSeconds: ' 30 ',
    memoryMebibytes: '256',
  };
  expect(changedCount(options)).toBe(6);
  expect(requestOf(program, options)).toMatchObject({
    request: {
      args: ['one', 'two words'],
      env: { A: '1', B: 'x=y' },
      stdin: 'text',
      files: [{ path: 'a.txt', content: 'eA==', encoding: 'base64' }],
      limits: { timeout_seconds: 30, memory: '256Mi' },
    },
  });
});

test('text that was written stays away when no input is wanted', () => {
  const result = requestOf(program, { ...noOptions, inputMode: 'none', stdin: 'left over' });
  expect(result).toEqual({
    ok: true,
    request: { script: 'print()', lang: 'python', lang_version: '3.13' },
  });
});

test('a form that cannot be understood is told at its field', () => {
  const result = requestOf(program, {
    ...noOptions,
    env: 'novalue',
    timeoutSeconds: 'soon',
    memoryMebibytes: '-1',
  });
  expect(result.ok).toBe(false);
  expect(result.ok || Object.keys(result.faults).sort()).toEqual([
    'env',
    'memoryMebibytes',
    'timeoutSeconds',
  ]);
});

test('large files become base64 without overflowing a call', () => {
  const bytes = new Uint8Array(100_000).map((_, index) => index % 256);
  expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString('base64'));
});

test('a file of the same name replaces the one before, and what is too much is left out', async () => {
  const first = await readFiles([new File(['old'], 'a.txt'), new File(['b'], 'b.txt')], []);
  const second = await readFiles([new File(['newer'], 'a.txt')], first.files);
  expect(second.files.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
    ['b.txt', 1],
    ['a.txt', 5],
  ]);
  const third = await readFiles([new File([new Uint8Array(8_000_000)], 'big.bin')], second.files);
  expect(third.files).toHaveLength(2);
  expect(third.faults[0]).toContain('big.bin');
});
