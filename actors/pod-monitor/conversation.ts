// One channel's conversation with a supervisor: what it says is stored and then acknowledged, what it must hear is said.
// It concludes nothing: how the channel ended is told to the session, which asks the pod.
import { inputChannel, runChannel } from '#src/ports/live-feed.ts';
import type { Frame } from '#src/ports/output-log.ts';
import type { PodChannel } from '#src/ports/pods.ts';
import { placementChannel } from '../placements.ts';
import { createBell } from '../waiting.ts';
import { bytesOf, type FrameStore, frameStore, type Stored } from './frame-store.ts';
import { mouthOf } from './mouth.ts';
import type { Observatory } from './observatory.ts';
import { isKept, type Progress } from './progress.ts';
import { type Ears, speak } from './speech.ts';
import { decodeLine } from './wire.ts';

export interface Conversation {
  progress: Progress;
  channel: PodChannel;
  /** The supervisor may have been spoken to before, by us or by another monitor. */
  isTakeover: boolean;
  /** Called when frame 0 is stored. */
  started(): void;
}

/**
 * `exited`: every frame up to the exit frame is stored. `closed`: the channel ended before, and everything on it was read.
 * `broken`: it was given up, or a dependency with it. `left`: the signal was aborted.
 */
export type ConversationEnd = 'exited' | 'closed' | 'broken' | 'left';

export async function converse(
  observatory: Observatory,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<ConversationEnd> {
  const { ports } = observatory;
  const { progress, channel, isTakeover } = conversation;
  const { execution, attempt } = progress;
  const bell = createBell();
  const mouth = mouthOf(ports, channel);
  const ears: Ears = { gap: false, doubt: false, asked: null, ring: bell.ring };
  const over = new AbortController();
  const leave = (): void => over.abort();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const unsubscribe = [placementChannel(execution, attempt), inputChannel(execution, attempt)].map((hint) =>
    ports.liveFeed.subscribe(hint, bell.ring),
  );
  const stored = (batch: Stored): void => {
    keep(conversation, batch);
    mouth.acknowledge(progress.stored, bytesOf(batch.frames));
    ports.liveFeed.hint(runChannel(execution));
  };
  const store = frameStore({ ports, execution, attempt, signal: over.signal, stored });
  const listening = listen(observatory, conversation, store, ears, over.signal);
  const speech = { progress, mouth, bell, isTakeover, ears };
  const speaking = speak(observatory, speech, over.signal);
  try {
    const end = await Promise.race([listening, speaking]);
    if (end === 'left') return 'left';
    if (progress.exitFrame === null) return end === 'heard' ? 'closed' : 'broken';
    // Stored by another monitor: the supervisor waits to hear it all the same.
    if (end === 'over') mouth.acknowledge(progress.stored, 0);
    return 'exited';
  } finally {
    over.abort();
    signal.removeEventListener('abort', leave);
    for (const stop of unsubscribe) stop();
    // The end is told without waiting for the supervisor to hear that it may go.
    void mouth.lastWord().finally(() => channel.close());
    await Promise.allSettled([speaking, store.flushed()]);
    // The end of a channel that was left is nobody's business any more; closing it ends the listening.
    void Promise.allSettled([listening]);
  }
}

function keep({ progress, started }: Conversation, { frames, seal }: Stored): void {
  const before = progress.stored;
  progress.stored = Math.max(before, frames.at(-1)?.number ?? -1);
  progress.seal = seal ?? progress.seal;
  progress.exitFrame = frames.find((frame) => frame.channel === 'exit') ?? progress.exitFrame;
  if (before < 0 && isKept(progress, 0)) started();
}

/** Ends with the channel, or with the exit frame, which nothing follows; either way with everything stored. */
async function listen(
  observatory: Observatory,
  { progress, channel }: Conversation,
  store: FrameStore,
  ears: Ears,
  signal: AbortSignal,
): Promise<'heard'> {
  for await (const line of channel.lines()) {
    // What is heard after the end belongs to whoever attaches next.
    if (signal.aborted) break;
    const said = decodeLine(progress.nonce, line);
    if (said.kind === 'received') {
      if (said.number === ears.asked) ears.doubt = false;
      if (progress.feed.received(said.number)) ears.ring();
    }
    if (said.kind === 'noise' && progress.next > 0 && !ears.doubt) {
      // It may have been a frame, and the last one for a long time.
      ears.doubt = true;
      ears.ring();
    }
    if (said.kind !== 'frame') continue;
    if (said.number > progress.next && !ears.gap) {
      ears.gap = true;
      ears.ring();
    }
    if (said.number !== progress.next) continue;
    progress.next += 1;
    ears.gap = false;
    const { number, channel: name, data } = said;
    const frame: Frame = { number, channel: name, at: observatory.clock.now(), data };
    await store.offer(frame);
    if (name === 'exit') break;
  }
  await store.flushed();
  return 'heard';
}
