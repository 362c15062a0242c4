// Frames of an attempt as the events of its stream. A file is told of once it is whole.

import { createArtifactReader } from '#src/domain/artifact-frames.ts';
import { contentTypeOf } from '#src/domain/content-types.ts';
import type { Frame } from '#src/ports/output-log.ts';
import { moment } from './result-view.ts';
import { chunkBody } from './utf8-chunks.ts';

export type FrameView = { event: 'output' | 'artifact'; data: object } | null;
export type FrameViews = (frame: Frame) => FrameView;

/** Takes the frames of one attempt in their order; null for what is not for readers. */
export function createFrameViews(attempt: number): FrameViews {
  const artifact = createArtifactReader();
  return ({ channel, number, at, data }) => {
    if (channel === 'stdout' || channel === 'stderr')
      return {
        event: 'output',
        data: { attempt, stream: channel, seq: number, at: moment(at), ...chunkBody(data) },
      };
    if (channel !== 'artifact') return null;
    const piece = artifact(data);
    if (piece === null || !piece.complete) return null;
    const { name, sizeBytes } = piece.head;
    return {
      event: 'artifact',
      data: { attempt, name, content_type: contentTypeOf(name), size: sizeBytes },
    };
  };
}
