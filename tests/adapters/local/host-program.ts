// A host that is to be killed: two sandboxes with scripts that would run on, then a line to say so.
import { openLaboratory } from './lab.ts';

const [folder = ''] = process.argv.slice(2);
const laboratory = await openLaboratory({ folder });
const script = [
  'import os, signal, time',
  'if os.fork() == 0:',
  '    os.setsid()',
  '    for number in (1, 2, 3, 15): signal.signal(number, signal.SIG_IGN)',
  "print('up', flush=True)",
  'time.sleep(600)',
].join('\n');
for (const _pod of ['first', 'second']) {
  const { monitor } = await laboratory.open();
  await monitor.begin({ script, limits: { wall_ms: 600_000 } });
  await monitor.until((frame) => frame.channel === 'stdout');
}
process.stdout.write('hosting\n');
setInterval(() => undefined, 60_000);
