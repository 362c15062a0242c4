import { afterEach, describe, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseImage, parseLabel, parseToleration } from '#src/config/kubernetes.ts';
import { ConfigError, loadConfig } from '#src/config/load.ts';
import { optionAt, optionPaths, variableOf } from '#src/config/options.ts';
import { defaultConfigFile, printConfig } from '#src/config/print.ts';
import { profileOf } from '#src/config/profile.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function file(name: string, content: string, beside?: string): Promise<string> {
  const folder = beside ?? (await mkdtemp(join(tmpdir(), 'greenroom-config-')));
  if (beside === undefined) folders.push(folder);
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function problems(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error('the configuration was accepted');
  return error.problems;
}

describe('configuration', () => {
  test('the committed config.toml says exactly the defaults of the table', async () => {
    expect(await Bun.file('config.toml').text()).toBe(defaultConfigFile());
    const { config } = await loadConfig({}, 'config.toml');
    for (const path of optionPaths) expect([path, config[path]]).toEqual([path, optionAt(path).default]);
  });

  test('a file overrides defaults and a variable overrides the file', async () => {
    const path = await file('config.toml', '[server]\nport = 6000\nhost = "::1"\n');
    const { config, origins } = await loadConfig({ GREENROOM_SERVER_PORT: '7000' }, path);
    expect(config['server.port']).toBe(7000);
    expect(config['server.host']).toBe('::1');
    expect(origins['server.port']).toBe('GREENROOM_SERVER_PORT');
    expect(origins['server.host']).toBe(path);
    expect(origins['log.level']).toBe('default');
  });

  test('every setting can be given by its variable', async () => {
    for (const path of optionPaths) {
      const value = String(optionAt(path).default);
      const { origins } = await loadConfig({ [variableOf(path)]: value });
      expect([path, origins[path]]).toEqual([path, variableOf(path)]);
    }
  });

  test('bare variables work and a secret may come from a file', async () => {
    const secret = await file('key', `${'k'.repeat(40)}\n`);
    const { config } = await loadConfig({ PORT: '0', HOST: '0.0.0.0', SECRET_KEY_FILE: secret });
    expect(config['server.port']).toBe(0);
    expect(config['server.host']).toBe('0.0.0.0');
    expect(config['secret.key']).toBe('k'.repeat(40));
  });

  test('all errors are told at once, each with what is allowed', async () => {
    const path = await file('config.toml', '[server]\nport = "high"\nprot = 1\n[log]\nlevel = "loud"\n');
    const found = await problems(
      loadConfig(
        { GREENROOM_EXECUTION_MEMORY: 'lots', GREENROOM_NONSENSE: '1', GREENROOM_SERVER_HOST_FILE: path },
        path,
      ),
    );
    expect(found).toEqual([
      `${path}: server.port must be a whole number`,
      `${path}: there is no setting server.prot`,
      `${path}: log.level must be one of debug, info, warn, error`,
      'GREENROOM_SERVER_HOST_FILE: only secrets may be given as files',
      'GREENROOM_EXECUTION_MEMORY must be an amount of memory such as 512Mi',
      'GREENROOM_NONSENSE: there is no such setting',
    ]);
  });

  test('a file that was named and is not there is an error, and one that is not TOML too', async () => {
    expect(await problems(loadConfig({}, '/nonexistent/config.toml'))).toEqual([
      '/nonexistent/config.toml: there is no such file',
    ]);
    const broken = await file('config.toml', '[server\n');
    expect((await problems(loadConfig({}, broken)))[0]).toStartWith(`${broken}: `);
  });

  test('the embedded store refuses a process that lacks a role', async () => {
    const found = await problems(loadConfig({ ROLES: 'api' }));
    expect(found[0]).toContain('must play every role');
    expect(found[0]).toContain('saga-orchestrator');
  });

  describe('engines', () => {
    const servers = {
      MONGODB_URI: 'mongodb://127.0.0.1:1/',
      KAFKA_BROKERS: '127.0.0.1:2,127.0.0.1:3',
      REDIS_URL: 'redis://127.0.0.1:4/0',
      SECRET_KEY: 's'.repeat(32),
    };

    test('without a server everything is embedded, with all three it is distributed, in any roles', async () => {
      expect(profileOf((await loadConfig({})).config)).toBe('embedded');
      const { config } = await loadConfig({ ...servers, ROLES: 'api' });
      expect(profileOf(config)).toBe('distributed');
      expect(config['kafka.brokers']).toEqual(['127.0.0.1:2', '127.0.0.1:3']);
    });

    test('some of the servers are none: it says which are missing', async () => {
      for (const name of ['MONGODB_URI', 'KAFKA_BROKERS', 'REDIS_URL']) {
        const { [name]: _left, ...rest } = servers as Record<string, string>;
        const [found, ...more] = await problems(loadConfig(rest));
        expect(found).toContain('the distributed profile needs all three engines; missing: ');
        expect(more).toEqual([]);
      }
    });

    test('many processes need one key, given to all', async () => {
      expect(await problems(loadConfig({ ...servers, SECRET_KEY: '' }))).toEqual([
        'secret.key: every process of the distributed profile needs the same one; give it',
      ]);
    });

    test('sandboxes of a machine are made and watched by one process', async () => {
      for (const role of ['k8s-worker', 'pod-monitor']) {
        const [found] = await problems(loadConfig({ ...servers, ROLES: `api,${role}` }));
        expect(found).toContain('k8s-worker and pod-monitor go together');
      }
      expect(
        (await loadConfig({ ...servers, ROLES: 'k8s-worker,pod-monitor' })).config['process.roles'],
      ).toEqual(['k8s-worker', 'pod-monitor']);
    });

    test('credentials of the brokers are whole or absent', async () => {
      const sasl = { ...servers, GREENROOM_KAFKA_SASL: 'plain', GREENROOM_KAFKA_USERNAME: 'u' };
      expect(await problems(loadConfig(sasl))).toEqual([
        'kafka.sasl: plain needs kafka.username and kafka.password',
      ]);
      expect(await problems(loadConfig({ ...servers, GREENROOM_KAFKA_PASSWORD: 'p' }))).toHaveLength(1);
      expect(await problems(loadConfig({ ...servers, GREENROOM_KAFKA_CA_FILE: '/ca.pem' }))).toHaveLength(1);
    });

    test('a process without a role is refused', async () => {
      expect((await problems(loadConfig({ ...servers, ROLES: '' })))[0]).toContain('needs a role');
    });

    test('no address with a password is ever printed', async () => {
      const secret = {
        MONGODB_URI: 'mongodb://u:hidden@h/',
        REDIS_URL: 'redis://:hidden@h',
        GREENROOM_KAFKA_SASL: 'plain',
      };
      const given = {
        ...servers,
        ...secret,
        GREENROOM_KAFKA_USERNAME: 'u',
        GREENROOM_KAFKA_PASSWORD: 'hidden',
      };
      expect(printConfig(await loadConfig(given))).not.toContain('hidden');
    });
  });

  test('the file of a role is read where exactly that role is named', async () => {
    const main = await file('config.toml', '[log]\nlevel = "warn"\n');
    await file('config.api.toml', '[log]\nlevel = "noisy"\n', join(main, '..'));
    const found = await problems(loadConfig({ ROLES: 'api' }, main));
    expect(found.some((problem) => problem.includes('config.api.toml: log.level must be one of'))).toBe(true);
    expect((await loadConfig({}, main)).config['log.level']).toBe('warn');
  });

  test('printing shows effective values and never a secret', async () => {
    const printed = printConfig(await loadConfig({ SECRET_KEY: 's'.repeat(32), PORT: '9' }));
    expect(printed).toContain('port = 9 # PORT');
    expect(printed).toContain('key = "(set)" # SECRET_KEY');
    expect(printed).not.toContain('ssss');
  });
});

describe('scripts in pods of a cluster', () => {
  const cluster = {
    GREENROOM_RUNTIME_KIND: 'kubernetes',
    GREENROOM_KUBERNETES_IMAGES: 'python 3.11=registry/python:3.11',
  };

  test('need an image, and a namespace of their own', async () => {
    const { config } = await loadConfig(cluster);
    expect(config['kubernetes.namespace']).toBe('greenroom-scripts');
    expect(await problems(loadConfig({ GREENROOM_RUNTIME_KIND: 'kubernetes' }))).toEqual([
      'kubernetes.images: name at least one, such as "python 3.11=registry/name:tag"',
    ]);
    for (const namespace of ['default', 'kube-system', 'a_b', '']) {
      const said = await problems(loadConfig({ ...cluster, GREENROOM_KUBERNETES_NAMESPACE: namespace }));
      expect(said.join()).toContain('kubernetes.namespace');
    }
  });

  test('name each image once, for a language that is known', async () => {
    const said = (images: string) =>
      problems(loadConfig({ ...cluster, GREENROOM_KUBERNETES_IMAGES: images }));
    expect((await said('python=x')).join()).toContain('must be LANGUAGE VERSION=IMAGE');
    expect((await said('cobol 74=x')).join()).toContain('cobol is no language');
    expect((await said('python 3.11=x,python 3.11=y')).join()).toContain('named twice');
  });

  test('take what the settings of nodes say, and refuse what says nothing', () => {
    expect(parseToleration('dedicated=scripts:NoSchedule')).toEqual({
      key: 'dedicated',
      operator: 'Equal',
      value: 'scripts',
      effect: 'NoSchedule',
    });
    expect(parseToleration('dedicated')).toEqual({ key: 'dedicated', operator: 'Exists' });
    expect(parseToleration('a:Never')).toBeNull();
    expect(parseLabel('node.example/pool=scripts')).toEqual(['node.example/pool', 'scripts']);
    expect(parseLabel('pool')).toBeNull();
    expect(parseImage('python 3.11=localhost:5000/a/b:1@sha256:0')?.image).toBe(
      'localhost:5000/a/b:1@sha256:0',
    );
  });

  test('leave to themselves what belongs to sandboxes of a machine, and the other way round', async () => {
    const said = await problems(
      loadConfig({
        ...cluster,
        GREENROOM_RUNTIME_INTERPRETERS: '/usr/bin/python3',
        GREENROOM_RUNTIME_ISOLATION: 'reduced',
      }),
    );
    expect(said).toHaveLength(2);
    const { GREENROOM_KUBERNETES_IMAGES } = cluster;
    expect((await problems(loadConfig({ GREENROOM_KUBERNETES_IMAGES }))).join()).toContain('runtime.kind');
  });

  test('may be made by one process and watched by another', async () => {
    const servers = {
      MONGODB_URI: 'mongodb://m',
      KAFKA_BROKERS: 'k:1',
      REDIS_URL: 'redis://r',
      SECRET_KEY: 'k'.repeat(40),
      ROLES: 'pod-monitor',
    };
    expect((await problems(loadConfig(servers))).join()).toContain('go together');
    const { config } = await loadConfig({ ...servers, ...cluster });
    expect(config['process.roles']).toEqual(['pod-monitor']);
  });
});
