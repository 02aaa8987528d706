import * as z from 'zod';

import { err, ok, type Result } from '../../../../shared/result.ts';
import { isIssuerUrl } from '../../issuer-url.ts';
import type { OidcProvider } from '../providers/provider.ts';
import type { SocialFault } from '../social-fault.ts';

/** Where a provider of OpenID Connect is to be asked what. */
export type ProviderMetadata = {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  readonly userinfoEndpoint: string | undefined;
  /** Every answer of it carries `iss` (RFC 9207 §3). */
  readonly namesItself: boolean;
};

/** An endpoint may have a query (RFC 6749 §3.1), and no fragment. */
const endpoint = z.string().refine((text) => isIssuerUrl(text.replace(/\?.*$/s, '')));

const Document = z.object({
  issuer: z.string(),
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  jwks_uri: endpoint,
  userinfo_endpoint: endpoint.optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

/** Where every endpoint that is needed was configured, nothing is to be discovered. */
export function configuredMetadata({ endpoints }: OidcProvider): ProviderMetadata | undefined {
  const { authorization, token, jwks, userinfo } = endpoints;
  if (authorization === undefined || token === undefined || jwks === undefined) return undefined;
  return {
    authorizationEndpoint: authorization,
    tokenEndpoint: token,
    jwksUri: jwks,
    userinfoEndpoint: userinfo,
    namesItself: false,
  };
}

/** Where the provider's document is (OpenID Connect Discovery §4). */
export const discoveryUrl = ({ issuer }: OidcProvider): string =>
  `${issuer.replace('{tenantid}', 'common').replace(/\/$/, '')}/.well-known/openid-configuration`;

/** Reads a discovery document: its issuer is exactly the configured one (Discovery §4.3). */
export function readMetadata(
  provider: OidcProvider,
  document: unknown,
): Result<ProviderMetadata, SocialFault> {
  const parsed = Document.safeParse(document);
  if (!parsed.success) return refused('the discovery document has another shape');
  const { data } = parsed;
  if (data.issuer !== provider.issuer) return refused('the discovery document has another issuer');
  const { authorization, token, jwks, userinfo } = provider.endpoints;
  return ok({
    authorizationEndpoint: authorization ?? data.authorization_endpoint,
    tokenEndpoint: token ?? data.token_endpoint,
    jwksUri: jwks ?? data.jwks_uri,
    userinfoEndpoint: userinfo ?? data.userinfo_endpoint,
    namesItself: data.authorization_response_iss_parameter_supported ?? false,
  });
}

const refused = (detail: string): Result<never, SocialFault> =>
  err({ reason: 'provider_unavailable', detail });
