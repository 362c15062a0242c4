// The role that answers people. What it serves is the HttpServer port's business; it starts and stops it in order.
import type { Kernel } from '#actors/kernel/kernel.ts';
import type { Child, Role } from '#actors/role.ts';
import { aborted } from '#actors/waiting.ts';
import { assert } from '#src/domain/errors.ts';
import type { HttpServer } from '#src/ports/http-server.ts';
import type { Logger } from '#src/ports/logger.ts';

/** `sweeps`: no other role of this process runs the relay's sweep. */
export const api = (kernel: Kernel, { sweeps }: { sweeps: boolean }): Role => ({
  name: 'api',
  children({ httpServer, logger }) {
    assert(httpServer !== null, 'the api role needs an HTTP server');
    return [...(sweeps ? [kernel.sweep] : []), httpChild(httpServer, logger)];
  },
});

const httpChild = (httpServer: HttpServer, logger: Logger): Child => ({
  name: 'http',
  async run({ signal, ready }) {
    const { url } = await httpServer.start();
    logger.info({ url }, 'listening');
    ready();
    await aborted(signal);
    await httpServer.stop();
  },
});
