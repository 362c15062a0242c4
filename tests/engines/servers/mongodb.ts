// A MongoDB-wire server of its own for tests, durable and with unique indexes, from Maven's jars; needs Java 17 and Maven.
import { join } from 'node:path';
import { installMongoDb } from './mongodb/install.ts';
import type { ServerOptions, TestServer } from './server.ts';
import { serverFolder, serverProcess } from './server-process.ts';

export interface MongoDbOptions extends ServerOptions {
  /** Who alone may log in, by SCRAM-SHA-256. Default: anybody. */
  credentials?: { user: string; password: string };
  /** What the server says that it speaks; 9 is MongoDB 4.4. */
  wireVersion?: number;
}

const javaOptions = ['-Xms64m', '-Xmx1g', '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError', '-Xshare:auto'];

export async function startMongoDb(options: MongoDbOptions = {}): Promise<TestServer> {
  const classPath = await installMongoDb();
  const folder = await serverFolder(options, 'mongodb');
  const { user = '', password = '' } = options.credentials ?? {};
  const settings = [`-Dwire.version=${options.wireVersion ?? 9}`, '-Dio.netty.eventLoopThreads=64'];
  const java = ['java', ...javaOptions, ...settings, '-cp', classPath];
  let port = options.port ?? 0;
  const server = await serverProcess({
    name: 'the MongoDB test server',
    folder,
    command: () => [...java, 'Main', String(port), join(folder, 'store.mv')],
    environment: { MONGO_USER: user, MONGO_PASSWORD: password },
    serves(printed) {
      const said = /^up on port (\d+)$/m.exec(printed)?.[1];
      if (said !== undefined) port = Number(said);
      return said !== undefined;
    },
  });
  const login = user === '' ? '' : `${user}:${password}@`;
  return { url: `mongodb://${login}127.0.0.1:${port}/${user === '' ? '' : '?authSource=admin'}`, ...server };
}
