// What a living process holds of this machine, as the kernel counts it.
import { readdir, readFile } from 'node:fs/promises';

export interface ProcessFigures {
  descriptors: number;
  children: number;
  residentMiB: number;
}

export async function figuresOf(pid: number): Promise<ProcessFigures> {
  const [descriptors, status, children] = await Promise.all([
    readdir(`/proc/${pid}/fd`),
    readFile(`/proc/${pid}/status`, 'utf8'),
    childrenOf(pid),
  ]);
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  return { descriptors: descriptors.length, children, residentMiB: Math.round(kilobytes / 1_024) };
}

/** Any thread may have started one. */
async function childrenOf(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = threads.map(async (thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8'));
  // A thread that ended meanwhile has no children any more.
  const read = await Promise.allSettled(lists);
  return read.flatMap((list) => (list.status === 'fulfilled' ? list.value.split(' ').filter(Boolean) : []))
    .length;
}

/** Hundredths of a second of the processor, of all its threads, since it began. */
export async function processorTicks(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
