// What an attempt's output amounts to: sizes, digest, artifacts and the beginning of each stream. A fold over its frames, with
// bounded memory: the digest covers stdout before stderr, so a long stderr is read a second time.
import { createHash } from 'node:crypto';
import { createArtifactReader } from '#src/domain/artifact-frames.ts';
import { contentTypeOf } from '#src/domain/content-types.ts';
import type { Artifact, ExitReport, ResultSummary } from '#src/domain/execution.ts';
import { beginning } from '#src/domain/sizes.ts';
import type { Frame } from '#src/ports/output-log.ts';

const previewBytesMax = 8 * 1024;
/** As it lies in events and records, where a byte that is no text takes up to six. */
const previewJsonBytesMax = 2 * previewBytesMax;
const keptBytesMax = 1024 * 1024;

export interface Summariser {
  /** Takes every frame once, in order. */
  take(frame: Frame): void;
  /** Stderr was too long to keep: its frames must be shown again before the end. */
  needsStderrAgain(): boolean;
  takeStderrAgain(frame: Frame): void;
  finish(sealed: { last: number; exit: ExitReport | null }): ResultSummary;
}

export function summariser(): Summariser {
  const digest = createHash('sha256');
  const readArtifact = createArtifactReader();
  const artifacts: Artifact[] = [];
  const stdout = preview();
  const stderr = preview();
  let kept: Uint8Array[] | null = [];
  return {
    take({ channel, data }) {
      const piece = channel === 'artifact' ? readArtifact(data) : null;
      if (piece?.complete) {
        const { name, sizeBytes } = piece.head;
        artifacts.push({ name, contentType: contentTypeOf(name), sizeBytes });
      }
      if (channel === 'stdout') {
        digest.update(data);
        stdout.take(data);
      }
      if (channel === 'stderr') {
        stderr.take(data);
        kept?.push(data);
        if (stderr.bytes() > keptBytesMax) kept = null;
      }
    },
    needsStderrAgain: () => kept === null,
    takeStderrAgain({ channel, data }) {
      if (channel === 'stderr') digest.update(data);
    },
    finish({ last, exit }) {
      for (const data of kept ?? []) digest.update(data);
      return {
        last,
        stdoutBytes: stdout.bytes(),
        stderrBytes: stderr.bytes(),
        truncated: exit?.truncated ?? false,
        sha256: digest.digest('hex'),
        artifacts,
        preview: { stdout: stdout.text(), stderr: stderr.text() },
      };
    },
  };
}

/** Counts a stream's bytes and decodes its beginning; a character that the bound cuts is left out. */
function preview(): { take(data: Uint8Array): void; bytes(): number; text(): string } {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  return {
    take(data) {
      const room = previewBytesMax - bytes;
      if (room > 0) text += decoder.decode(data.subarray(0, room), { stream: true });
      bytes += data.length;
    },
    bytes: () => bytes,
    text: () => beginning(bytes > previewBytesMax ? text : text + decoder.decode(), previewJsonBytesMax),
  };
}
