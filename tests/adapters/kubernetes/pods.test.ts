// The port's promise against the API server in small; `tests/kubernetes` has it on a real node.
import { testPods } from '#tests/contract/pods.contract.ts';
import { openWorld, spec } from './world.ts';

testPods('pods of a cluster', async () => {
  const world = openWorld({ warm: { target: 2, surge: 1 } });
  world.warm();
  return { pods: world.pods, spec, close: world.close };
});
