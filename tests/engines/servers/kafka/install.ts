// The jars of a Kafka broker and an empty formatted data folder, made once and used by every start.
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { enginesFolder } from '../server-process.ts';

const project = import.meta.dir;

export const javaOptions: readonly string[] = [
  '-Xms64m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
  `-Dlog4j2.configurationFile=${join(project, 'log4j2.properties')}`,
];

export interface Installation {
  /** Class path. */
  jars: string;
  /** To be copied: saves the start of a Java machine. */
  formatted: string;
}

/** Two that start at once both install; the first to finish is kept. */
export async function installKafka(): Promise<Installation> {
  const place = join(enginesFolder, 'kafka-4.4.0');
  const installation = { jars: `${join(place, 'jars')}/*`, formatted: join(place, 'formatted') };
  if (await exists(place)) return installation;
  await mkdir(enginesFolder, { recursive: true });
  const making = await mkdtemp(join(enginesFolder, 'kafka-making-'));
  try {
    await makeIn(making);
    await rename(making, place).catch(async (error: unknown) => {
      if (!(await exists(place))) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return installation;
}

async function makeIn(folder: string): Promise<void> {
  const jars = join(folder, 'jars');
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
  await run(['mvn', '-B', '-ntp', '-q', '-f', join(project, 'pom.xml'), ...copy]);
  const settings = join(folder, 'format.properties');
  const place = { port: 1, controllerPort: 2, data: join(folder, 'formatted') };
  await Bun.write(settings, await brokerSettings(place));
  await formatKafka(`${jars}/*`, settings);
}

/** Makes the data folder that the settings name. */
export async function formatKafka(
  jars: string,
  settings: string,
  further: readonly string[] = [],
): Promise<void> {
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'Z3JlZW5yb29tLXRlc3RzMQ', '-c', settings];
  await run(['java', ...javaOptions, '-cp', jars, ...format, ...further]);
}

export interface BrokerPlace {
  port: number;
  controllerPort: number;
  data: string;
}

/** @param listeners beside the open one, each as `PROTOCOL://127.0.0.1:PORT` */
export async function brokerSettings(
  { port, controllerPort, data }: BrokerPlace,
  listeners: readonly string[] = [],
  further = '',
): Promise<string> {
  const open = [`PLAINTEXT://127.0.0.1:${port}`, ...listeners];
  return [
    await Bun.file(join(project, 'server.properties')).text(),
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=${[...open, `CONTROLLER://127.0.0.1:${controllerPort}`].join(',')}`,
    `advertised.listeners=${open.join(',')}`,
    `log.dirs=${data}`,
    further,
  ].join('\n');
}

export async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [out, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command[0]} failed: ${(out + errors).slice(-2_000)}`);
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
