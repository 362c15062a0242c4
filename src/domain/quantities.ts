// Amounts of memory and processor share as people and Kubernetes write them.

const memoryUnits: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** `512Mi` → bytes; null for what is no amount of at least one byte. */
export function parseMemoryBytes(text: string): number | null {
  const match = /^(\d{1,12})([kMG]|[KMG]i)?$/.exec(text);
  const unit = memoryUnits[match?.[2] ?? ''];
  if (match === null || unit === undefined) return null;
  const bytes = Number(match[1]) * unit;
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : null;
}

/** `1000m`, `1` or `0.5` → thousandths of a processor; null for what is no share. */
export function parseCpuMillis(text: string): number | null {
  const match = /^(\d{1,6})(m)?$/.exec(text) ?? /^(\d{1,3}\.\d{1,3})$/.exec(text);
  if (match === null) return null;
  const millis = Math.round(Number(match[1]) * (match[2] === 'm' ? 1 : 1_000));
  return millis >= 1 ? millis : null;
}

/** Bytes → the largest binary unit that is exact. */
export function formatMemory(bytes: number): string {
  for (const [unit, size] of [
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
    ['Ki', 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

export const formatCpu = (millis: number): string => `${millis}m`;
