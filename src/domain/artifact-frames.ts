// The files that a script left, as they lie in an output log: a frame with a head, then frames with the file's bytes, one file
// after the other. The head is the script's word: its name is made a plain file name here, once and for every reader alike.
// It keeps no bytes of any file.

export interface ArtifactHead {
  /** A plain file name, and no other file's of the same attempt. */
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

const nameLengthMax = 200;
const filesMax = 200;
const headBytesMax = 16_384;

/** Takes the artifact frames of one attempt in their order; answers null for a frame that fits no file. */
export function createArtifactReader(): (data: Uint8Array) => ArtifactPiece | null {
  const names = new Set<string>();
  let head: ArtifactHead | null = null;
  let missing = 0;
  return (data) => {
    if (head === null) {
      const found = names.size < filesMax ? headOf(data) : null;
      if (found === null) return null;
      const { sizeBytes } = found;
      const name = unusedName(plainFileName(found.name), names);
      names.add(name);
      missing = sizeBytes;
      head = missing === 0 ? null : { name, sizeBytes };
      return { head: { name, sizeBytes }, data: new Uint8Array(), complete: missing === 0 };
    }
    const piece = { head, data: data.subarray(0, missing), complete: data.length >= missing };
    missing -= piece.data.length;
    if (piece.complete) head = null;
    return piece;
  };
}

function headOf(data: Uint8Array): ArtifactHead | null {
  if (data.length > headBytesMax) return null;
  const head = parsed(new TextDecoder().decode(data));
  if (typeof head !== 'object' || head === null || !('name' in head) || !('size' in head)) return null;
  const { name, size } = head;
  if (typeof name !== 'string' || typeof size !== 'number') return null;
  return Number.isSafeInteger(size) && size >= 0 ? { name, sizeBytes: size } : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The last part of a path, without what a file system, a header or a terminal would act on. */
export function plainFileName(text: string): string {
  const last = text.split(/[/\\]/).at(-1) ?? '';
  const plain = Array.from(last.toWellFormed(), (character) => (isPlain(character) ? character : '_')).join(
    '',
  );
  const visible = plain.replace(/^[. ]+/, '').trimEnd();
  if (visible === '') return 'file';
  if (visible.length <= nameLengthMax) return visible;
  const { stem, extension } = partsOf(visible);
  const kept = extension.length <= 16 ? extension : '';
  return stem.slice(0, nameLengthMax - kept.length).toWellFormed() + kept;
}

const isPlain = (character: string): boolean => !/[\p{C}\p{Zl}\p{Zp}"<>:|?*%;]/u.test(character);

/** A second file of one name gets a number, so that each can be asked for. */
function unusedName(name: string, used: ReadonlySet<string>): string {
  if (!used.has(name)) return name;
  const { stem, extension } = partsOf(name);
  for (let number = 2; ; number += 1) {
    const numbered = `${stem}-${number}${extension}`;
    if (!used.has(numbered)) return numbered;
  }
}

const partsOf = (name: string): { stem: string; extension: string } => {
  const dot = name.lastIndexOf('.');
  return dot < 1 ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension: name.slice(dot) };
};
