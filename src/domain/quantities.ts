// Amounts of memory and processor as people and clusters write them: `512Mi`, `1.5Gi`, `500m`, `2`. Never guesses: a text
// that is no such amount is null.

const memoryUnits: Readonly<Record<string, number>> = {
  '': 1,
  k: 1_000,
  M: 1_000_000,
  G: 1_000_000_000,
  Ki: 1_024,
  Mi: 1_048_576,
  Gi: 1_073_741_824,
};

/** Whole bytes, or null. */
export function parseMemory(text: string): number | null {
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,6})?)(Ki|Mi|Gi|k|M|G)?$/.exec(text) ?? [];
  const factor = memoryUnits[unit ?? ''];
  if (amount === undefined || factor === undefined) return null;
  const bytes = Math.floor(Number(amount) * factor);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Thousandths of one processor, or null; what is finer than a thousandth is none. */
export function parseCpu(text: string): number | null {
  const [, thousandths] = /^(\d{1,9})m$/.exec(text) ?? [];
  if (thousandths !== undefined) return Number(thousandths);
  const [, whole, fraction] = /^(\d{1,6})(?:\.(\d{1,3}))?$/.exec(text) ?? [];
  if (whole === undefined) return null;
  return Number(whole) * 1_000 + Number((fraction ?? '').padEnd(3, '0'));
}

/** The largest binary unit that loses nothing. */
export function formatMemory(bytes: number): string {
  for (const unit of ['Gi', 'Mi', 'Ki']) {
    const factor = memoryUnits[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

export const formatCpu = (cpuMillis: number): string => `${cpuMillis}m`;
