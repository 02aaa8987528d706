import { WorkerEntrypoint } from 'cloudflare:workers';

import { serve } from './worker.ts';

/**
 * What `edge` and `connect` bind to send requests here. They bind it by name because a request to the
 * default entrypoint of a Worker with static assets passes Cloudflare's router of assets, which drops
 * the caller's props (docs/decisions/0016).
 */
export class IdentityHttp extends WorkerEntrypoint<IdentityEnv> {
  override fetch(request: Request): Response | Promise<Response> {
    return serve(request, this.env, this.ctx);
  }
}
