// Files inside an output log: a frame with a head, then frames with the file's bytes, one file after the other. It keeps no
// bytes of any of them.

export interface ArtifactHead {
  name: string;
  sizeBytes: number;
}

export interface ArtifactPiece {
  head: ArtifactHead;
  /** Empty for the head itself. */
  data: Uint8Array;
  /** The file is whole with this piece. */
  complete: boolean;
}

/** Takes the artifact frames of one attempt in their order; answers null for a frame that fits no file. */
export function createArtifactReader(): (data: Uint8Array) => ArtifactPiece | null {
  let head: ArtifactHead | null = null;
  let missing = 0;
  return (data) => {
    if (head === null) {
      const found = headOf(data);
      if (found === null) return null;
      missing = found.sizeBytes;
      head = missing === 0 ? null : found;
      return { head: found, data: new Uint8Array(), complete: missing === 0 };
    }
    const piece = { head, data, complete: data.length >= missing };
    missing -= data.length;
    if (piece.complete) head = null;
    return piece;
  };
}

function headOf(data: Uint8Array): ArtifactHead | null {
  const head = parsed(Buffer.from(data).toString('utf8'));
  if (typeof head !== 'object' || head === null || !('name' in head) || !('size' in head)) return null;
  const { name, size } = head;
  const fits = typeof name === 'string' && typeof size === 'number' && Number.isInteger(size) && size >= 0;
  return fits ? { name, sizeBytes: size } : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
