// What kind of file a script left, by its name alone: contents are never looked at, and what is not listed is just bytes.
// Nothing that a browser would run is listed but SVG, which is only ever served inert.

const types: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  csv: 'text/csv; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
  md: 'text/plain; charset=utf-8',
  json: 'application/json',
};

const bytes = 'application/octet-stream';

export function contentTypeOf(name: string): string {
  const [, extension] = /\.([A-Za-z0-9]+)$/.exec(name) ?? [];
  const found = extension?.toLowerCase() ?? '';
  return Object.hasOwn(types, found) ? (types[found] ?? bytes) : bytes;
}

/** Pictures that can hold nothing but a picture: shown in place, where everything else is only offered as a download. */
export const isPlainPicture = (contentType: string): boolean =>
  ['image/png', 'image/jpeg'].includes(contentType);
