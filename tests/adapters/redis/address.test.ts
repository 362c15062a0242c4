// The URL of a Redis server: what is read from it, and that no error repeats the password in it.
import { describe, expect, test } from 'bun:test';
import { addressOf, placeOf } from '#src/adapters/redis/address.ts';

describe('the URL of redis', () => {
  test('gives host, port, database, credentials and whether TLS is spoken', () => {
    const plain = { port: 6_379, database: 0, username: null, password: null, tls: false };
    expect(addressOf('redis://cache.internal')).toEqual({ ...plain, host: 'cache.internal' });
    expect(addressOf('redis://cache/')).toEqual({ ...plain, host: 'cache' });
    expect(addressOf('rediss://runner:p%40ss%2F%3A@cache:7000/12')).toEqual({
      host: 'cache',
      port: 7_000,
      database: 12,
      username: 'runner',
      password: 'p@ss/:',
      tls: true,
    });
    expect(addressOf('redis://:only@cache')).toMatchObject({ username: null, password: 'only' });
  });

  test('may name an address of numbers, and is told without credentials', () => {
    const six = addressOf('redis://u:secret@[::1]:7000');
    expect(six.host).toBe('::1');
    expect(placeOf(six)).toBe('[::1]:7000');
    expect(placeOf(addressOf('redis://u:secret@10.0.0.1'))).toBe('10.0.0.1:6379');
  });

  test.each([
    ['', 'has not this form'],
    ['cache:6379', 'has not this form'],
    ['http://:secret@cache', 'has not this form'],
    ['redis://:secret@', 'has not this form'],
    ['redis://u:secret@cache:port', 'has not this form'],
    ['redis://u:secret@cache/first', 'names a database that is no number'],
    ['redis://u:secret@cache/-1', 'names a database that is no number'],
    ['redis://u:secret@cache?db=1', 'has parameters'],
    ['redis://u:secret%@cache', 'has a % in its user or password that must be written as %25'],
  ])('%p is refused with what is wrong', (url, fault) => {
    const refused = {
      kind: 'infrastructure',
      message: expect.stringContaining(`The URL of Redis ${fault}; the form`),
    };
    expect(() => addressOf(url)).toThrow(expect.objectContaining(refused));
    expect(() => addressOf(url)).not.toThrow(/secret/);
  });
});
