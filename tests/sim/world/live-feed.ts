// Hints between processes: late, doubled or lost, as hints may be.
import type { LiveFeed } from '#src/ports/live-feed.ts';
import type { ProcessWorld, SimProcess } from '../process.ts';

export interface Feed {
  portOf(process: SimProcess): LiveFeed;
}

interface Subscriber {
  process: SimProcess;
  channel: string;
  wake: () => void;
}

export function createFeed({ time, trace, faults, random: source }: ProcessWorld): Feed {
  const random = source.split('live feed');
  const subscribers = new Set<Subscriber>();
  const hint = (from: SimProcess, channel: string): void => {
    if (!from.alive()) return;
    for (const subscriber of subscribers) {
      if (subscriber.channel !== channel) continue;
      if (faults.on() && random.chance(faults.mix.hintLost)) {
        trace.count('fault: hint lost');
        continue;
      }
      const wake = (): void => {
        if (subscribers.has(subscriber)) subscriber.wake();
      };
      time.after(random.between(0.1, 4), () => subscriber.process.after(0, wake));
    }
  };
  return {
    portOf: (process) => ({
      hint: (channel) => hint(process, channel),
      subscribe(channel, wake) {
        const subscriber = { process, channel, wake };
        subscribers.add(subscriber);
        process.onEnd(() => subscribers.delete(subscriber));
        return () => subscribers.delete(subscriber);
      },
      subscribers: () => [...subscribers].filter((subscriber) => subscriber.process === process).length,
    }),
  };
}
