// Whether a supervisor has had its job already, asked where nothing of it is stored and the job must not be given any more: a
// monitor may have died between giving it and storing the first frame.
import { isDomainError } from '#src/domain/errors.ts';
import type { PodChannel, PodStatus } from '#src/ports/pods.ts';
import { pause } from '../waiting.ts';
import type { Observatory } from './observatory.ts';
import { decodeLine, encodeCommand } from './wire.ts';

/** Only a supervisor with a job answers, and it does so at once. */
const answerWithinMs = 1_000;

export async function hasBegun(
  { pods, clock }: Observatory,
  nonce: string,
  pod: PodStatus,
  signal: AbortSignal,
): Promise<boolean> {
  const channel = await pods.attach(pod.uid).catch((error: unknown) => {
    if (isDomainError(error) && error.kind === 'not_found') return null;
    throw error;
  });
  if (channel === null) return false;
  const bound = new AbortController();
  const listening = AbortSignal.any([signal, bound.signal]);
  const answered = hears(channel, nonce);
  try {
    // A pod that has ended hears nothing, but what it said is read all the same.
    if (pod.phase !== 'ended') await channel.write(encodeCommand(1, { resend: 0 }));
    return await Promise.race([answered, pause(clock, answerWithinMs, listening).then(() => false)]);
  } finally {
    bound.abort();
    channel.close();
    await Promise.allSettled([answered]);
  }
}

async function hears(channel: PodChannel, nonce: string): Promise<boolean> {
  for await (const line of channel.lines()) if (decodeLine(nonce, line).kind !== 'noise') return true;
  return false;
}
