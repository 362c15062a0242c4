// Amounts of memory and processor share, read and written.
import { describe, expect, test } from 'bun:test';
import { formatCpu, formatMemory, parseCpuMillis, parseMemoryBytes } from '#src/domain/quantities.ts';

describe('memory', () => {
  test.each([
    ['512Mi', 512 * 1_048_576],
    ['1Gi', 1_073_741_824],
    ['64Ki', 65_536],
    ['128M', 128_000_000],
    ['1048576', 1_048_576],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseMemoryBytes(text)).toBe(bytes);
  });

  test.each(['', 'Mi', '0', '-1Mi', '1 Mi', '1mi', '1e3', '1TiB', '0x10', '1.Mi', '99999999999999999999'])(
    '%p is no amount of memory',
    (text) => {
      expect(parseMemoryBytes(text)).toBeNull();
    },
  );

  test('an amount is written in the largest unit that loses nothing', () => {
    expect([1_073_741_824, 536_870_912, 65_536, 1_000_000].map(formatMemory)).toEqual([
      '1Gi',
      '512Mi',
      '64Ki',
      '1000000',
    ]);
  });
});

describe('processor', () => {
  test.each([
    ['500m', 500],
    ['2', 2_000],
    ['0.5', 500],
    ['1.25', 1_250],
  ])('%s is %d thousandths', (text, thousandths) => {
    expect(parseCpuMillis(text)).toBe(thousandths);
  });

  test.each(['', 'm', '0', '-1', '1.5m', '0.0001', '1,5', '1e3', ' 1'])('%p is no amount', (text) => {
    expect(parseCpuMillis(text)).toBeNull();
  });

  test('an amount is written in thousandths', () => {
    expect(formatCpu(1_500)).toBe('1500m');
  });
});
