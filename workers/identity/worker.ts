import { consoleLog } from '../../shared/telemetry/log.ts';
import { serveWorker } from '../kit/serve-worker.ts';
import { createApp } from './app.ts';
import { isolateServices } from './services.ts';

export const app = createApp(isolateServices, consoleLog);

/** Serves the requests that `edge` and `connect` pass on, and nobody else's. */
export const serve = serveWorker<IdentityEnv>({
  callers: ['edge', 'connect'],
  log: consoleLog,
  answer: (request, env, context) => app.fetch(request, env, context),
});
