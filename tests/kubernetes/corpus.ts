// The whole corpus against the compiled binary with pods of the cluster that KUBECONFIG names, one after another and crowded;
// the namespace is made by the server and removed at the end.
//   KUBECONFIG=… bun tests/kubernetes/corpus.ts [--only id,id] [--slow 4] [--no-crowded]
import { parseArgs } from 'node:util';
import { corpus } from '#tests/corpus/cases.ts';
import { offeredVersions, playRound, usualVersion } from '#tests/corpus/rounds.ts';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient } from '#tests/support/client.ts';
import { image, kubeconfigHere, removeNamespace } from './cluster-pods.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    slow: { type: 'string', default: '4' },
    crowded: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const only = values.only?.split(',');
const slow = Number(values.slow);
const cases = corpus.filter(({ id }) => only === undefined || only.includes(id));
const tally = { passed: 0, failed: 0 };

const kubeconfig = kubeconfigHere();
const namespace = `greenroom-test-${crypto.randomUUID().slice(0, 8)}`;
const dataDir = await newDataDir();
const binary = await startBinary({
  dataDir,
  environment: {
    KUBECONFIG: kubeconfig,
    GREENROOM_RUNTIME_KIND: 'kubernetes',
    GREENROOM_KUBERNETES_NAMESPACE: namespace,
    GREENROOM_KUBERNETES_IMAGES: `python 3.11=${image}`,
  },
});
try {
  const client = await adminClient(binary);
  const version = usualVersion(await offeredVersions(client));
  const rounds = [{ name: 'one after another', parallel: 1 }];
  if (values.crowded) rounds.push({ name: 'eight at a time', parallel: 8 });
  for (const { name, parallel } of rounds) {
    const { passed, failed } = await playRound(client, { name, version, cases, parallel, slow });
    tally.passed += passed;
    tally.failed += failed;
  }
} finally {
  await binary.stop();
  await removeNamespace(namespace, { kubeconfig, context: '' });
  await removeDataDir(dataDir);
  if (tally.failed > 0) process.stdout.write(binary.output());
}
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, 0 skipped\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
