import { expect, test } from 'bun:test';
import { outcomeOf, problemOf } from '#web/lib/errors.ts';

test("the server's own words are shown as a sentence", () => {
  const problem = problemOf(401, { detail: 'Invalid credentials', type: 'UnauthorizedError' });
  expect(problem).toEqual({ kind: 'unauthorised', sentence: 'Invalid credentials.', fields: {} });
});

test('faults of fields are told by field', () => {
  const detail = [
    { loc: ['body', 'email'], msg: 'Expected an address', type: 'value_error' },
    { loc: ['body', 'password'], msg: 'Too short.', type: 'value_error' },
  ];
  const { kind, fields } = problemOf(422, { detail, type: 'ValidationError' });
  expect(kind).toBe('invalid');
  expect(fields).toEqual({ email: 'Expected an address.', password: 'Too short.' });
});

test('whoever asks too often hears when to come again', () => {
  const body = { detail: 'Rate limit', type: 'ThrottledError', retry_after: 90 };
  expect(problemOf(429, body).sentence).toBe('That was too often. Try again in 1 min 30 s.');
});

test('a fault of the server says nothing of its inside', () => {
  const { sentence } = problemOf(500, { detail: 'stack trace', type: 'InfrastructureError' });
  expect(sentence).not.toContain('stack');
  expect(problemOf(502, '<html>bad gateway</html>').sentence).toBe(sentence);
});

test('an answer that never came is told as that', async () => {
  const outcome = await outcomeOf(Promise.reject(new TypeError('Failed to fetch')));
  expect(outcome).toMatchObject({ ok: false, problem: { kind: 'offline' } });
});

test('a mistake of ours is not taken for a lost connection', async () => {
  await expect(outcomeOf(Promise.reject(new RangeError('ours')))).rejects.toThrow('ours');
});

test('a good answer is its data', async () => {
  const answer = { data: { needed: true }, response: new Response() };
  expect(await outcomeOf(Promise.resolve(answer))).toEqual({ ok: true, data: { needed: true } });
});
