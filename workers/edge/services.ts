import { toBase64Url } from '../../shared/bytes.ts';
import { CORRELATION_HEADER } from '../../shared/contracts/edge/principal.ts';
import type { AppNeeds } from './app.ts';
import type { Config } from './config.ts';
import { challenges as challengesOf } from './credentials/challenges.ts';
import { ownTarget } from './credentials/credentials.ts';
import { SenderConstraint } from './credentials/sender-constraint.ts';
import { RateLimits } from './limits/rate-limits.ts';
import type { Runtime, Upstreams } from './ports.ts';
import { ValidateEndpoint } from './validate/endpoint.ts';
import { TokenValidator } from './validate/token-validator.ts';

/** Composes what the edge needs, once per isolate. */
export function createServices(config: Config, upstreams: Upstreams, runtime: Runtime): AppNeeds {
  const { issuer, corsOrigins, queryTokenAllowed } = config;
  const identity = upstreams.identity.rpc;
  const validator = new TokenValidator(config, upstreams, runtime);
  const senderConstraint = new SenderConstraint(identity, config, runtime.log);
  const limits = new RateLimits(config.rateLimits);
  const challenges = challengesOf(issuer);
  const target = ownTarget(issuer);
  const correlationId = correlationIds(runtime.randomBytes);
  const validate = new ValidateEndpoint({
    validator,
    senderConstraint,
    limits,
    identity,
    runtime,
    target,
    challenges,
    correlationId,
  });
  return {
    upstreams,
    runtime,
    validate,
    validator,
    senderConstraint,
    limits,
    challenges,
    target,
    correlationId,
    corsOrigins,
    queryTokenAllowed,
    issuer: new URL(issuer),
  };
}

const USABLE = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Makes a reader of correlation ids: the client's own if it is usable, else a new one.
 *
 * A new one is 96 random bits of the isolate and a counter, which is unique and cheap. Correlation
 * ids are not secret.
 */
function correlationIds(randomBytes: (length: number) => Uint8Array): (headers: Headers) => string {
  // The runtime provides no random bytes before the first request.
  let prefix: string | undefined;
  let count = 0;
  return (headers) => {
    const given = headers.get(CORRELATION_HEADER);
    if (given !== null && USABLE.test(given)) return given;
    prefix ??= toBase64Url(randomBytes(12));
    count += 1;
    return `${prefix}.${count.toString(36)}`;
  };
}
