// Words that must not occur, each with what to use instead.
import { codeOf, matches, type Rule, type SourceFile } from './source.ts';

interface Ban {
  name: string;
  in: RegExp;
  except?: RegExp;
  pattern: RegExp;
  sentence: string;
  sample: string;
}

const core = /^(machines|actors|src\/domain|src\/app)\//;
const durable = /^machines\/(?!role\/)/;
const typescript = /\.(ts|svelte)$/;
const product = /^(src|actors|machines)\//;

const bans: readonly Ban[] = [
  {
    name: 'hidden time',
    in: core,
    // Names the library's way of taking time, and fills it with the clock port.
    except: /^actors\/machine-clock\.ts$/,
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bsetTimeout\b|\bsetInterval\b|\bperformance\.now\b/g,
    sentence: 'time comes from the clock port',
    sample: 'const now = Date.now();',
  },
  {
    name: 'hidden chance',
    in: core,
    pattern: /\bMath\.random\b|\brandomUUID/g,
    sentence: 'ids come from the ids port',
    sample: 'const id = crypto.randomUUID();',
  },
  {
    name: 'hidden network',
    in: core,
    pattern: /(?<![.\w])fetch\(/g,
    sentence: 'the outside is reached through a port',
    sample: "await fetch('http://localhost');",
  },
  {
    name: 'what a durable machine cannot keep',
    in: durable,
    pattern: /\binvoke\b|\bafter\s*:|\bdelay\b|type:\s*'history'|\bspawn\w*\b|\basync\b/g,
    sentence: 'a durable machine is data in, data out',
    sample: 'export const a = { after: { 100: "x" } };',
  },
  {
    name: 'console',
    in: /./,
    except: /^tests\/golden\//,
    pattern: /\bconsole\.\w+/g,
    sentence: 'use the logger port, or write to standard output',
    sample: "console.log('x');",
  },
  {
    name: 'process.env',
    in: product,
    except: /^src\/(config\/|main\.ts$)/,
    pattern: /\bprocess\.env\b|\bBun\.env\b/g,
    sentence: 'only src/config reads the environment',
    sample: 'const home = process.env.HOME;',
  },
  {
    name: 'synchronous files',
    in: product,
    pattern: /\b(?:read|write|mkdir|rm|exists|stat|readdir|unlink|append|open|access|rename|copy)\w*Sync\b/g,
    sentence: 'nothing blocks the event loop',
    sample: "readFileSync('x');",
  },
  {
    name: 'enum',
    in: typescript,
    pattern: /^\s*(?:export\s+)?(?:const\s+)?enum\s/gm,
    sentence: 'use a union from a const array',
    sample: 'export enum Colour { red }',
  },
  {
    name: 'type for a shape',
    in: typescript,
    pattern: /^\s*(?:export\s+)?type\s+\w+(?:<[^=\n]*>)?\s*=\s*\{\s*\n(?!\s*\[\w+ in\b)/gm,
    sentence: 'a shape is an interface; type is for unions',
    sample: 'export type Point = {\n  x: number;\n};',
  },
  {
    name: 'any',
    in: typescript,
    pattern: /(?::|\bas|<)\s*any\b/g,
    sentence: 'say the type',
    sample: 'const x: any = 1;',
  },
  {
    name: 'switched-off checks',
    in: typescript,
    pattern: /@ts-(?:ignore|expect-error|nocheck)|eslint-disable/g,
    sentence: 'mend it instead',
    sample: '// @ts-ignore',
  },
  {
    name: 'bare catch',
    in: typescript,
    pattern: /\bcatch\s*(?:\(\w*\)\s*)?\{\s*\}|\.catch\(\(\)\s*=>\s*(?:\{\s*\}|undefined|null)\)/g,
    sentence: 'say what was caught and why it may be dropped',
    sample: 'try { x(); } catch {}',
  },
  {
    name: 'default exports',
    in: /^(src|actors|machines|tests|scripts)\/.*\.ts$/,
    except: /\.config\.ts$/,
    pattern: /^export default\b/gm,
    sentence: 'export by name',
    sample: 'export default 1;',
  },
  {
    name: 'banner comments',
    in: typescript,
    pattern: /^\s*(?:\/\/|\*|\/\*)\s*[-=*#~]{4,}/gm,
    sentence: 'split the file instead of drawing a line',
    sample: '// ---- helpers',
  },
  {
    name: 'work left for later',
    in: /\.(ts|svelte|py|mjs)$/,
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/g,
    sentence: 'do it or write an issue',
    sample: '// TODO',
  },
  {
    name: 'sleeping tests',
    in: /^tests\//,
    except: /^tests\/(sim|architecture|bench|soak|support|engines)\//,
    pattern: /\bBun\.sleep\(|\bwaitForTimeout\(|new Promise\(\s*\(?\w+\)?\s*=>\s*setTimeout/g,
    sentence: 'wait for a condition',
    sample: 'await Bun.sleep(100);',
  },
  {
    name: 'skipped or focused tests',
    in: /^tests\//,
    except: /^tests\/architecture\//,
    pattern: /\b(?:test|it|describe)\.(?:only|todo|skip)\b/g,
    sentence: 'every test runs',
    sample: "test.only('x', () => {});",
  },
  {
    name: 'HTML from data',
    in: /\.svelte$/,
    pattern: /\{@html\b|\.innerHTML\b/g,
    sentence: 'text is text',
    sample: '{@html script}',
  },
];

const keepsComments = new Set(['switched-off checks', 'banner comments', 'work left for later']);

export const banRules: readonly Rule[] = bans.map((ban) => ({
  name: `no ${ban.name}`,
  violations(file: SourceFile) {
    if (
      !ban.in.test(file.path) ||
      ban.except?.test(file.path) === true ||
      file.path === 'tests/architecture/bans.ts'
    )
      return [];
    const code = keepsComments.has(ban.name) ? file.text : codeOf(file.text);
    return matches(file, code, ban.pattern, `${ban.name}: ${ban.sentence}`);
  },
  bad: [{ path: samplePath(ban), text: ban.sample }],
}));

function samplePath({ in: where }: Ban): string {
  const candidates = ['machines/x.ts', 'src/app/x.ts', 'tests/x.ts', 'web/src/x.svelte'];
  return candidates.find((path) => where.test(path)) ?? 'src/x.ts';
}
