import { consoleLog } from '../../shared/telemetry/log.ts';
import { serveWorker } from '../kit/serve-worker.ts';
import { createApp } from './app.ts';
import { servicesOf } from './services.ts';
import { connectToHub, SOCKET_PATH } from './sockets/connect-to-hub.ts';

export const app = createApp(servicesOf, consoleLog);

/**
 * Serves the requests that `edge` passes on, and no others. The router does not see an upgrade,
 * because its middleware sets headers, which is not possible on a hub's 101.
 */
export const serve = serveWorker<ConnectEnv>({
  callers: ['edge'],
  log: consoleLog,
  answer: (request, env, context) =>
    new URL(request.url).pathname === SOCKET_PATH
      ? connectToHub(request, servicesOf(env))
      : app.fetch(request, env, context),
});
