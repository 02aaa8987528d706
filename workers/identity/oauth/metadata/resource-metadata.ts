import { DPOP_ALGORITHMS } from '../../../../shared/oauth/dpop-signature.ts';
import type { Config } from '../../config.ts';
import { endpointUrl } from '../endpoints.ts';
import { OPEN_SCOPES } from '../scopes.ts';
import type { Metadata } from './server-metadata.ts';

/**
 * What our own API says of itself as a protected resource (RFC 9728 §2).
 *
 * @returns `undefined` where its name is no URL of this host: nobody would believe it (§3.3).
 */
export function resourceMetadata({ issuer, audience }: Config): Metadata | undefined {
  if (URL.parse(audience)?.origin !== new URL(issuer).origin) return undefined;
  return {
    resource: audience,
    authorization_servers: [issuer],
    scopes_supported: OPEN_SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'Sallyport API',
    resource_documentation: endpointUrl(issuer, '/docs'),
    tls_client_certificate_bound_access_tokens: true,
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
  };
}
