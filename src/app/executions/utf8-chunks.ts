// Bytes as they travel in JSON and as they are shown. In transit every chunk is exact by itself: text only where its bytes
// are whole characters, base64 otherwise; nothing is held back for the chunk that may follow.

export type ChunkBody = { text: string } | { base64: string };

/** A byte order mark is a character like any other here. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function chunkBody(data: Uint8Array): ChunkBody {
  const text = decoder.decode(data);
  // A replacement character may stand for itself: only the way back proves it.
  const exact = !text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(data);
  return exact ? { text } : { base64: Buffer.from(data).toString('base64') };
}

export interface TextJoiner {
  add(data: Uint8Array): void;
  /** The whole text; nothing can be added after it. */
  end(): string;
}

/** For people: what is no UTF-8 shows as replacement characters; a character may span chunks. */
export function createTextJoiner(): TextJoiner {
  const joining = new TextDecoder('utf-8', { ignoreBOM: true });
  const parts: string[] = [];
  return {
    add: (data) => void parts.push(joining.decode(data, { stream: true })),
    end: () => parts.join('') + joining.decode(),
  };
}
