// What was acknowledged survives the death of the process, and what was not acknowledged is there whole or not at all. What a
// projection kept before it was durable is there as far as the bus takes it for acknowledged.
import { expect, test } from 'bun:test';
import { sampleMachine } from '#tests/contract/sample-record.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { until } from '#tests/support/until.ts';
import { openIn } from './opened.ts';
import { copies, keeping, startWriting } from './writing-child.ts';

test('kill -9 while writing loses nothing that was acknowledged', async () => {
  const folder = await dataFolder();
  try {
    for (const round of [1, 2]) {
      const child = await startWriting(`${folder.path}/${round}`);
      await child.acknowledged(600);
      const acknowledged = await child.kill();
      const engines = await openIn(`${folder.path}/${round}`);
      const members = engines.documents.collection({
        name: 'members',
        indexes: [{ fields: ['name'], unique: true }],
      });
      const delivered = new Set<string>();
      const all = Promise.withResolvers<void>();
      const { close } = await engines.bus.subscribe({
        group: 'g',
        topics: ['inspect_pod_command'],
        handle: async (event) => {
          delivered.add(event.id);
          if (acknowledged.every((id) => delivered.has(id))) all.resolve();
        },
      });
      await all.promise;
      const comesAgain = new Set<string>();
      const projection = await engines.bus.subscribe({
        ...keeping(engines),
        handle: async ({ id }) => void comesAgain.add(id),
      });
      await until(async () => (await projection.lag()) === 0);
      const copied = engines.documents.collection(copies);
      const lost = [];
      for (const id of delivered) if (!comesAgain.has(id) && (await copied.get(id)) === null) lost.push(id);
      expect(lost).toEqual([]);
      await projection.close();
      for (const id of acknowledged) {
        expect(await engines.records.load(sampleMachine, id)).not.toBeNull();
        expect((await members.get(id))?.body).toEqual({ name: id });
      }
      await close();
      await engines.close();
    }
  } finally {
    await folder.remove();
  }
});
