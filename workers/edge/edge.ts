import type { Background } from '../../shared/cache/refresher.ts';
import { createApp } from './app.ts';
import { SenderConstraint } from './binding/sender-constraint.ts';
import { ownTarget } from './binding/target.ts';
import { challenges as challengesOf } from './challenges.ts';
import type { Config } from './config.ts';
import { correlationIds } from './correlation-id.ts';
import { serve } from './gateway/gateway.ts';
import { RateLimits } from './limits/rate-limits.ts';
import { ownRoutes } from './own-routes.ts';
import type { Runtime, Upstreams } from './ports.ts';
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
  const { issuer } = config;
  const validator = new TokenValidator(config, upstreams, runtime);
  const limits = new RateLimits(config.rateLimits);
  const correlationId = correlationIds(runtime.randomBytes);
  const identity = upstreams.identity.rpc;
  const senderConstraint = new SenderConstraint(identity, config, runtime.log);
  const shared = { validator, senderConstraint, limits, challenges: challengesOf(issuer) };
  const validate = new ValidateEndpoint({ ...runtime, ...shared, issuer, identity, correlationId });
  const { corsOrigins, queryTokenAllowed } = config;
  const own = { target: ownTarget(issuer), upstreams, runtime, validate, queryTokenAllowed };
  const services = { ...shared, ...own };
  const dispatch = createApp(services, ownRoutes(services));
  const gateway = { ...shared, runtime, corsOrigins, correlationId, dispatch };
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
