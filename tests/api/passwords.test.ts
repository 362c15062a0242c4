// bcrypt sees 72 bytes; two long passwords that differ later must still differ.
import { expect, test } from 'bun:test';
import { bcryptPasswords } from '#src/adapters/system/passwords.ts';

const passwords = bcryptPasswords({ cost: 4 });

test('a password fits its own hash and no other', async () => {
  const hash = await passwords.hash('a good one');
  expect(hash).toStartWith('$2b$04$');
  expect(await passwords.verify('a good one', hash)).toBe(true);
  expect(await passwords.verify('a good 0ne', hash)).toBe(false);
  expect(await passwords.hash('a good one')).not.toBe(hash);
});

test('long passwords that differ only at their end differ', async () => {
  const long = 'é'.repeat(60);
  const hash = await passwords.hash(`${long}a`);
  expect(await passwords.verify(`${long}a`, hash)).toBe(true);
  expect(await passwords.verify(`${long}b`, hash)).toBe(false);
});

test('nobody has a password, not even an empty one', async () => {
  expect(await passwords.verify('', null)).toBe(false);
  expect(await passwords.verify('anything', null)).toBe(false);
});

test('a password takes as long for nobody as for somebody', async () => {
  const dear = bcryptPasswords({ cost: 9 });
  const hash = await dear.hash('a good one');
  const took = async (stored: string | null) => {
    const began = performance.now();
    await dear.verify('a bad one', stored);
    return performance.now() - began;
  };
  const nobody = Math.min(await took(null), await took(null), await took(null));
  const somebody = Math.min(await took(hash), await took(hash), await took(hash));
  expect(nobody / somebody).toBeGreaterThan(0.5);
});
