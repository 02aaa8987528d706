import { consoleLog } from '../../shared/telemetry/log.ts';
import { serveWorker } from '../kit/serve-worker.ts';
import { createApp } from './app.ts';
import { servicesOf } from './services.ts';

export const app = createApp(servicesOf, consoleLog);

/** Serves the requests that `edge` passes on, and no others. */
export const serve = serveWorker<KeysEnv>({
  callers: ['edge'],
  log: consoleLog,
  answer: (request, env, context) => app.fetch(request, env, context),
});
