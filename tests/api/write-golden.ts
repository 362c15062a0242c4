// Writes the golden table of access: `bun tests/api/write-golden.ts`. Look at the difference before you commit it.
import { accessFile, accessTable } from './access.ts';

await Bun.write(accessFile, `${JSON.stringify(await accessTable(), null, 2)}\n`);
