// What a pod's supervisor printed, and who reads it. Lines in flight to a reader that is replaced are lost to the next
// one; once the pod has ended, its log gives all of them again.
import type { ProcessWorld, SimProcess } from '../process.ts';
import type { Random } from '../random.ts';

export interface PodLines {
  print(line: string): void;
  /** Nothing more will be printed. */
  end(): void;
  /** Takes the reading over; the reader before reads no more. */
  open(process: SimProcess): LineReader;
}

export interface LineReader {
  lines(): AsyncIterable<string>;
  close(): void;
  /** By itself, or by whoever took over. */
  isClosed(): boolean;
}

interface Reader extends LineReader {
  /** A log is read as it was written; only what comes live may be torn. */
  offer(line: string, fromLog: boolean): void;
  /** After the lines that are on their way. */
  finish(): void;
}

export function createPodLines(world: ProcessWorld, random: Random): PodLines {
  const printed: string[] = [];
  let handedOver = 0;
  let over = false;
  let reader: Reader | null = null;
  const pass = (): void => {
    if (reader === null) return;
    while (handedOver < printed.length) reader.offer(printed[handedOver++] ?? '', over);
    if (over) reader.finish();
  };
  return {
    print(line) {
      if (over) return;
      printed.push(line);
      pass();
    },
    end() {
      over = true;
      pass();
    },
    open(process) {
      reader?.close();
      reader = createReader(process, world, random);
      if (over) handedOver = 0;
      pass();
      return reader;
    },
  };
}

function createReader(process: SimProcess, { time, trace, faults }: ProcessWorld, random: Random): Reader {
  const arrived: string[] = [];
  let finished = false;
  let closed = false;
  let wake: () => void = () => undefined;
  let lastArrival = 0;
  const deliver = (call: () => void): void => {
    lastArrival = Math.max(lastArrival, time.now() + random.between(0.2, 4));
    time.after(lastArrival - time.now(), () =>
      process.after(0, () => {
        if (!closed) call();
        wake();
      }),
    );
  };
  const strikes = (rate: number): boolean => faults.on() && random.chance(rate);
  const offer = (line: string, fromLog: boolean): void => {
    const broken = !fromLog && strikes(faults.mix.lineBroken);
    const repeated = strikes(faults.mix.lineRepeated);
    if (broken) trace.count('fault: line to the monitor broken');
    if (repeated) trace.count('fault: line to the monitor repeated');
    const said = broken ? tear(line, random) : line;
    for (const text of repeated ? [said, line] : [said]) deliver(() => arrived.push(text));
  };
  async function* lines(): AsyncIterable<string> {
    while (!closed) {
      const line = arrived.shift();
      if (line !== undefined) yield line;
      else if (finished) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  return {
    offer,
    lines,
    finish: () =>
      deliver(() => {
        finished = true;
      }),
    isClosed: () => closed,
    close() {
      closed = true;
      wake();
    },
  };
}

/** A line of which the beginning or the end is missing, or a character is wrong. */
export function tear(line: string, random: Random): string {
  const at = random.below(line.length);
  return random.pick([line.slice(0, at), line.slice(at), `${line.slice(0, at)}~${line.slice(at + 1)}`]);
}
