// A process that writes as fast as it can and says what was acknowledged, so that a test can kill it in the middle.
import type { EmbeddedEngines } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import type { Subscription } from '#src/ports/bus.ts';
import type { CollectionSpec } from '#src/ports/documents.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { sampleRecord } from '#tests/contract/sample-record.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';

export interface WritingChild {
  /** Resolves once so many writes were acknowledged; answers the ids of all that were. */
  acknowledged(count: number): Promise<readonly string[]>;
  /** Kills it at once; answers the ids of all that it had acknowledged. */
  kill(): Promise<readonly string[]>;
}

export async function startWriting(dataDir: string): Promise<WritingChild> {
  const child = Bun.spawn([process.execPath, import.meta.path, dataDir], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const ids: string[] = [];
  let wake: () => void = () => undefined;
  const reading = readLines(child.stdout, (line) => {
    ids.push(line);
    wake();
  });
  return {
    async acknowledged(count) {
      while (ids.length < count) {
        if (child.exitCode !== null) throw new Error('the writing process ended by itself');
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), child.exited]);
      }
      return ids;
    },
    async kill() {
      child.kill('SIGKILL');
      await child.exited;
      await reading;
      return ids;
    },
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, each: (line: string) => void): Promise<void> {
  let rest = '';
  for await (const bytes of stream) {
    const lines = (rest + new TextDecoder().decode(bytes)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) each(line);
  }
}

/** A projection whose writes are answered before they are durable. */
export const copies: CollectionSpec = { name: 'copies', indexes: [], durability: 'in-order' };

export const keeping = ({ documents }: Pick<EmbeddedEngines, 'documents'>): Subscription => ({
  group: 'keeping',
  topics: ['inspect_pod_command'],
  handle: async (event) => void (await documents.collection(copies).insert(event.id, event)),
});

async function write(dataDir: string): Promise<void> {
  const { openEmbedded } = await import('#src/adapters/embedded/engines.ts');
  const engines = await openEmbedded({ dataDir, clock: systemClock(), logger: quietLogger() });
  const members = engines.documents.collection({
    name: 'members',
    indexes: [{ fields: ['name'], unique: true }],
  });
  await engines.bus.subscribe(keeping(engines));
  const worker = async (name: string) => {
    for (let index = 0; ; index += 1) {
      const id = `${name}-${index}`;
      await Promise.all([
        engines.records.insert(sampleRecord(id)),
        engines.bus.publish([sampleEvent(id, name)]),
        members.insert(id, { name: id }),
      ]);
      process.stdout.write(`${id}\n`);
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(worker));
}

if (import.meta.main) await write(process.argv[2] ?? '');
