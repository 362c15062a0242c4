// Runs one of our scripts under Bun, fetching Bun first where it is missing: `node scripts/with-bun.mjs scripts/sim.ts …`.
import { bun, prepare, run } from './toolchain.mjs';

prepare();
const finished = run(bun, process.argv.slice(2), { stdio: 'inherit' });
process.exit(finished.status ?? 1);
