import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { correlationIds } from './correlation-id.ts';
import { serve } from './gateway/gateway.ts';
import { RateLimits } from './limits/rate-limits.ts';
import { ownRoutes } from './own-routes.ts';
import type { Background, Runtime, Upstreams } from './ports.ts';
import { isValidateUrl, ValidateEndpoint } from './validate/endpoint.ts';
import { TokenValidator } from './validate/token-validator.ts';

export type EdgeServices = {
  readonly config: Config;
  readonly upstreams: Upstreams;
  readonly runtime: Runtime;
};

export type Edge = {
  fetch(request: Request, background: Background): Response | Promise<Response>;
};

/** Builds the edge. Pure wiring: nothing is asked or counted until a request arrives. */
export function createEdge({ config, upstreams, runtime }: EdgeServices): Edge {
  const validator = new TokenValidator(config, upstreams, runtime);
  const limits = new RateLimits(config.rateLimits);
  const correlationId = correlationIds(runtime.randomBytes);
  const identity = upstreams.identity.rpc;
  const validate = new ValidateEndpoint({ ...runtime, validator, limits, identity, correlationId });
  const services = { validator, limits, upstreams, runtime, validate };
  const dispatch = createApp(services, ownRoutes(services));
  const gateway = { runtime, corsOrigins: config.corsOrigins, correlationId, dispatch };
  const isCrossOrigin = ({ headers }: Request) =>
    config.corsOrigins.size > 0 && headers.has('origin');

  return {
    fetch(request, background) {
      // Validation goes past the router: there is no time for one.
      const { url } = request;
      if (isValidateUrl(url) && !isCrossOrigin(request)) {
        const { method } = request;
        if (method === 'GET') return validate.get(request, url, background);
        if (method === 'POST') return validate.post(request, url, background);
      }
      return serve(gateway, request, background);
    },
  };
}
