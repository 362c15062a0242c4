// Which part of something of known length a Range header means. What is malformed, or asks for several parts, means all.

export type ByteRange =
  | { kind: 'all' }
  /** From `start` up to but without `end`. */
  | { kind: 'part'; start: number; end: number }
  | { kind: 'unsatisfiable' };

export function byteRange(header: string | null, total: number): ByteRange {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return { kind: 'all' };
  if (first === '') return part(Math.max(0, total - Number(last)), total);
  if (last !== '' && Number(last) < Number(first)) return { kind: 'all' };
  return part(Number(first), last === '' ? total : Math.min(Number(last) + 1, total));
}

const part = (start: number, end: number): ByteRange =>
  start < end ? { kind: 'part', start, end } : { kind: 'unsatisfiable' };
