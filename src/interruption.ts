// A command that is told to stop while it works leaves nothing half made: it ends at the next place where it can.
import { DomainError } from '#src/domain/errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `check` throws once a signal came. From the call to its end no signal ends the process. */
export async function interruptible<Result>(work: (check: () => void) => Promise<Result>): Promise<Result> {
  let asked = false;
  const note = () => {
    asked = true;
  };
  for (const signal of signals) process.on(signal, note);
  try {
    return await work(() => {
      if (asked) throw new DomainError('conflict', 'Stopped before its end, as asked; nothing was changed');
    });
  } finally {
    for (const signal of signals) process.off(signal, note);
  }
}
