// Files that a person puts beside the script, read into the form in which they travel.
import type { RunFile } from './run-options.ts';

/** A request may have 10 MB; base64 makes four bytes of three. */
const totalBytesMax = 7_000_000;

export interface ReadFiles {
  files: readonly RunFile[];
  /** Sentences for what was left out. */
  faults: readonly string[];
}

/** A file of the same name replaces the one before. */
export async function readFiles(added: readonly File[], present: readonly RunFile[]): Promise<ReadFiles> {
  const faults: string[] = [];
  let files = [...present];
  for (const file of added) {
    const rest = files.filter(({ path }) => path !== file.name);
    const total = rest.reduce((sum, { sizeBytes }) => sum + sizeBytes, file.size);
    if (total > totalBytesMax) {
      faults.push(`“${file.name}” is too large: all files together may have 7 MB.`);
      continue;
    }
    const base64 = base64Of(new Uint8Array(await file.arrayBuffer()));
    files = [...rest, { path: file.name, base64, sizeBytes: file.size }];
  }
  return { files, faults };
}

/** In pieces: a call takes only so many arguments. */
export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let from = 0; from < bytes.length; from += 0x8000)
    parts.push(String.fromCharCode(...bytes.subarray(from, from + 0x8000)));
  return btoa(parts.join(''));
}
