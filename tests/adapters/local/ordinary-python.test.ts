// A script in the sandbox behaves as under `python -u main.py`: each of these is run both ways, by the oldest and the newest
// Python of this machine, and must give the same bytes and the same end.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Laboratory, openLaboratory } from './lab.ts';
import type { Account } from './monitor.ts';
import { oldestAndNewest } from './pythons.ts';

const scripts: Record<string, string | Uint8Array> = {
  'the main module': [
    'import os, sys',
    'print(__name__, os.path.basename(__file__), sys.argv, __package__, __spec__, __doc__)',
    "print(sorted(name for name in vars() if name.startswith('__')))",
    "print(sys.modules['__main__'].__dict__ is globals())",
  ].join('\n'),
  'its document string': '"""What it is."""\nprint(__doc__)',
  'no more modules than others':
    "import sys; print([m for m in sys.modules if m in ('wire', 'serve', 'job', 'limits', 'runner')])",
  'a traceback': "def f(x):\n    return 1 / x\nprint('before')\nf(0)",
  'a chain of tracebacks':
    "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('no') from error",
  'a syntax error': 'def broken(:\n  pass',
  'tabs and spaces': 'if True:\n\tx = 1\n        y = 2\n',
  'a byte-order mark': '\ufeffprint("ok")',
  'another encoding': Buffer.from("# -*- coding: latin-1 -*-\nprint('\xe9')", 'latin1'),
  'Windows line ends': "x = 1\r\nif x:\r\n    print('ok')\r\n",
  'an empty file': '',
  'recursion without end':
    "import sys\ndef f(): return f()\ntry:\n    f()\nexcept RecursionError: print('deep')",
  'exit with a text': "import sys; sys.exit('bye')",
  'exit with a number': 'raise SystemExit(3)',
  'exit with 256': 'raise SystemExit(256)',
  'exit with nothing': 'exit()',
  'exit at once': 'import os; os._exit(137)',
  'an end by its own signal': 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)',
  'an abort': 'import os; os.abort()',
  'an interrupt': 'raise KeyboardInterrupt',
  'a hook for errors': [
    'import sys',
    "sys.excepthook = lambda kind, value, trace: print('hook', kind.__name__, value)",
    'raise ValueError(1)',
  ].join('\n'),
  'what runs at the end': [
    'import atexit, threading, time',
    "atexit.register(print, 'at exit')",
    'class Late:',
    "    def __del__(self): print('deleted')",
    'late = Late()',
    "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()",
    "print('main')",
  ].join('\n'),
  'an error in a thread': [
    'import threading',
    "t = threading.Thread(target=lambda: 1 / 0, name='worker')",
    't.start(); t.join()',
    "print('on')",
  ].join('\n'),
  'a child that leaves by the same way': [
    'import os, sys',
    'pid = os.fork()',
    'if pid == 0:',
    "    print('child'); sys.exit(5)",
    'print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))',
  ].join('\n'),
  'input without any': 'input()',
  'a closed output': "import os, sys\nprint('before')\nos.close(1)\nsys.stderr.write('after\\n')",
  'a broken pipe': [
    'import os, signal',
    'r, w = os.pipe(); os.close(r)',
    "try: os.write(w, b'x')",
    "except BrokenPipeError: print('broken')",
    'print(signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN)',
  ].join('\n'),
  'signals as always': [
    'import signal',
    'print(signal.getsignal(2) is signal.default_int_handler, [int(signal.getsignal(n)) for n in (13, 15, 17)])',
    'print(signal.pthread_sigmask(signal.SIG_BLOCK, []))',
  ].join('\n'),
  streams: [
    'import sys',
    'print(sys.stdin.encoding, sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors)',
    'print(sys.stdout.write_through, sys.stdin.isatty(), sys.stdin.readable())',
    "sys.stdout.write('no newline')",
  ].join('\n'),
  'text that is not': "import sys; print(ascii(sys.stdin.errors)); print('\\udcff')",
  warnings: "import warnings\nwarnings.warn('careful')\nassert (1, 'always')\nprint('on')",
  subprocesses: [
    'import subprocess, sys',
    "print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout, end='')",
  ].join('\n'),
  'processes by spawn': [
    'import multiprocessing as m',
    'def f(x): return x * x',
    "if __name__ == '__main__':",
    "    with m.get_context('spawn').Pool(2) as pool: print(pool.map(f, range(5)))",
  ].join('\n'),
  'processes by fork': [
    'import multiprocessing as m',
    'def f(x): return x * x',
    "if __name__ == '__main__':",
    "    with m.get_context('fork').Pool(2) as pool: print(pool.map(f, range(5)))",
  ].join('\n'),
  'pickles of its own classes':
    'import pickle\nclass A: x = 1\nprint(pickle.loads(pickle.dumps(A())).x, A.__module__)',
  'imports beside it': [
    'import os',
    "open('helper.py', 'w').write('X = 4')",
    'import helper',
    'print(helper.X, os.path.basename(helper.__file__))',
  ].join('\n'),
  sockets: [
    'import socket, threading',
    "s = socket.create_server(('127.0.0.1', 0))",
    "threading.Thread(target=lambda: s.accept()[0].sendall(b'hi')).start()",
    'print(socket.create_connection(s.getsockname(), 2).recv(9))',
  ].join('\n'),
  asyncio: [
    'import asyncio',
    'async def main():',
    "    p = await asyncio.create_subprocess_exec('echo', 'hi', stdout=-1)",
    '    print((await p.communicate())[0])',
    'asyncio.run(main())',
  ].join('\n'),
  'temporary files': [
    'import tempfile',
    "with tempfile.NamedTemporaryFile('w+') as f: print(f.write('x'), f.name.startswith('/tmp/'))",
  ].join('\n'),
  'shared memory': [
    'from multiprocessing import shared_memory',
    'm = shared_memory.SharedMemory(create=True, size=10)',
    'm.buf[0] = 7; print(m.buf[0]); m.close(); m.unlink()',
  ].join('\n'),
  'the standard library': [
    'import sqlite3, json, decimal, hashlib, lzma, zlib, ssl, ctypes, uuid, random',
    'print(sqlite3.connect(":memory:").execute("select 1+1").fetchone())',
  ].join('\n'),
};

interface Ran {
  stdout: string;
  stderr: string;
  end: string;
}

const pythons = await oldestAndNewest();

describe.each(pythons.map((python) => [python.version, python.path] as const))(
  'Python %s',
  (version, path) => {
    let laboratory: Laboratory;
    beforeAll(async () => {
      laboratory = await openLaboratory({ version });
    });
    afterAll(() => laboratory.close());

    test.each(Object.entries(scripts))('%s', async (_name, script) => {
      const [plain, inside] = await Promise.all([runPlainly(path, script), runInside(laboratory, script)]);
      expect(inside).toEqual(plain);
    });
  },
);

async function runPlainly(python: string, script: string | Uint8Array): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-plain-'));
  try {
    await writeFile(join(folder, 'main.py'), script);
    const child = Bun.spawn([python, '-u', '-X', 'utf8', 'main.py'], {
      cwd: folder,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8', PYTHONUNBUFFERED: '1' },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [stdout, stderr] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    await child.exited;
    const end = child.signalCode ? `signal ${child.signalCode}` : `exit ${child.exitCode}`;
    return { stdout, stderr: withoutPlaces(stderr, folder), end };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runInside(laboratory: Laboratory, script: string | Uint8Array): Promise<Ran> {
  const { stdout, stderr, exit } = await laboratory.run({ script });
  return {
    stdout: stdout.toString(),
    stderr: withoutPlaces(stderr.toString(), '/sandbox'),
    end: exit ? endOf(exit) : 'lost',
  };
}

const signalNames: Record<number, string> = { 2: 'SIGINT', 6: 'SIGABRT', 15: 'SIGTERM' };

const endOf = ({ signal, exit_code }: Account): string =>
  signal === null ? `exit ${exit_code}` : `signal ${signalNames[signal]}`;

/** Where the file lies, and the numbers of threads, are nobody's promise. */
const withoutPlaces = (text: string, folder: string): string =>
  text.replaceAll(`${folder}/`, '').replaceAll(/<frozen [^>]*>/g, '<frozen>');
