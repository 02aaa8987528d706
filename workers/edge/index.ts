import { app } from './worker.ts';

export default {
  fetch: (request, _env, context) => app.fetch(request, context),
} satisfies ExportedHandler<EdgeEnv>;
