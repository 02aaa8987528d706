/**
 * The token endpoint.
 *
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2), §5
 * @module
 */

import { OpenAPIHono, z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import { readClientCertificate } from '../../../../shared/contracts/edge/client-certificate.ts';
import { limitFailures } from '../../../../shared/rate-limits/limit-failures.ts';
import { json } from '../../../kit/documented.ts';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readForm } from '../../platform/parameters.ts';
import type { RateLimits } from '../../platform/rate-limits.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { cibaRequests } from '../backchannel/ciba-requests.ts';
import { deviceRequests } from '../backchannel/device-requests.ts';
import { type RedeemPollNeeds, redeemPoll } from '../backchannel/redeem-poll.ts';
import {
  type AuthenticateClientNeeds,
  authenticateClient,
  senderKey,
} from '../client-auth/authenticate-client.ts';
import { dpopNonceHeader, type ProvenKeyNeeds, provenKey } from '../client-auth/dpop.ts';
import type { Client, GrantType } from '../clients/client.ts';
import { OAuthErrorSchema } from '../document-endpoint.ts';
import { TOKEN_ENDPOINT } from '../endpoints.ts';
import { type TokenExchangeNeeds, tokenExchange } from '../exchange/token-exchange.ts';
import type { Grant, SenderProof, TokenRequest } from '../issue/grant.ts';
import { type AuthorizationCodeNeeds, authorizationCode } from './authorization-code.ts';
import { type ClientTokenNeeds, clientCredentials } from './client-credentials.ts';
import { type JwtBearerNeeds, jwtBearer } from './jwt-bearer.ts';
import { type RefreshTokenNeeds, refreshToken } from './refresh-token.ts';

/** `POST /token` */
export function tokenRoutes(): OpenAPIHono<RequestEnv<TokenNeeds>> {
  const app = new OpenAPIHono<RequestEnv<TokenNeeds>>();
  describeToken(app);
  app.post('/token', dpopNonceHeader, noStore, (c) => answer(c));
  return app;
}

/** Forbids caching of every answer, an error's too (RFC 6749 §5.1). */
const noStore = createMiddleware<RequestEnv<unknown>>(async (c, next) => {
  await next();
  c.res.headers.set('cache-control', 'no-store');
  c.res.headers.set('pragma', 'no-cache');
});

type GrantNeeds = AuthorizationCodeNeeds &
  RefreshTokenNeeds &
  ClientTokenNeeds &
  RedeemPollNeeds &
  TokenExchangeNeeds &
  JwtBearerNeeds;

const ROWS: readonly (readonly [GrantType, Grant<GrantNeeds>])[] = [
  ['authorization_code', authorizationCode],
  ['refresh_token', refreshToken],
  ['client_credentials', clientCredentials],
  ['urn:ietf:params:oauth:grant-type:device_code', deviceCode],
  ['urn:openid:params:grant-type:ciba', ciba],
  ['urn:ietf:params:oauth:grant-type:token-exchange', tokenExchange],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', jwtBearer],
];

/** The grants that the token endpoint serves. To add one, write its file and add a row. */
const GRANTS: ReadonlyMap<string, Grant<GrantNeeds>> = new Map(ROWS);

export type TokenNeeds = AuthenticateClientNeeds &
  ProvenKeyNeeds &
  GrantNeeds & { readonly rateLimits: Pick<RateLimits, 'codeFailures'> };

async function answer(c: RequestContext<TokenNeeds>): Promise<Response> {
  const { services, correlationId } = c.var;
  const { headers } = c.req.raw;
  const parameters = await readForm(c.req.raw);
  const grantType = parameters.require('grant_type');
  const answerHeaders = c.res.headers;
  const call = { headers, parameters, endpoint: TOKEN_ENDPOINT, correlationId, answerHeaders };
  const client = await authenticateClient(call, services);
  const grant = GRANTS.get(grantType);
  if (grant === undefined) {
    throw new OAuthError('unsupported_grant_type', 'There is no such grant here');
  }
  if (!client.grantTypes.some((registered) => registered === grantType)) {
    throw new OAuthError('unauthorized_client', 'This client is not registered for the grant');
  }
  const proof = await senderProof(headers, client, services);
  const origin = requestOrigin(headers);
  const request = { parameters, client, proof, origin, device: {}, correlationId };
  const failures = {
    limit: services.rateLimits.codeFailures,
    key: senderKey(headers, client),
    clock: services.clock,
    isFailure: isInvalidGrant,
  };
  const granted = CODE_GRANTS.has(grantType)
    ? await limitFailures(failures, () => grant(request, services))
    : await grant(request, services);
  return c.json(granted);
}

/** The grants of a code that somebody could guess. Refresh tokens end by themselves, without a guess. */
const CODE_GRANTS: ReadonlySet<string> = new Set([
  'authorization_code',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:openid:params:grant-type:ciba',
] satisfies GrantType[]);

const isInvalidGrant = (error: unknown): boolean =>
  error instanceof OAuthError && error.code === 'invalid_grant';

/**
 * Finds what the sender of a token request proved to hold and its tokens are to be bound to.
 *
 * @throws {OAuthError} `invalid_dpop_proof`, `use_dpop_nonce`; `invalid_request` if the client's tokens
 *   must be bound and there is nothing to bind them to.
 */
async function senderProof(
  headers: Headers,
  client: Client,
  needs: ProvenKeyNeeds,
): Promise<SenderProof> {
  const dpopJkt = await provenKey(headers, TOKEN_ENDPOINT, needs);
  if (dpopJkt === null && client.dpopBoundAccessTokens) {
    throw new OAuthError('invalid_dpop_proof', 'This client must send a DPoP proof');
  }
  const certificateThumbprint = boundCertificate(headers, client);
  if (client.profile !== 'none' && dpopJkt === null && certificateThumbprint === null) {
    // FAPI 2.0 Security Profile §5.3.2.1: no bearer tokens.
    throw new OAuthError('invalid_request', 'The tokens of this client must be sender-constrained');
  }
  return { dpopJkt, certificateThumbprint };
}

/** RFC 8705 §3. */
function boundCertificate(headers: Headers, client: Client): string | null {
  if (!client.tlsClientCertificateBoundAccessTokens) return null;
  const certificate = readClientCertificate(headers);
  if (certificate !== undefined) return certificate.sha256;
  throw new OAuthError('invalid_request', 'This client must present its TLS certificate');
}

/** RFC 8628 §3.4. */
function deviceCode(request: TokenRequest, needs: RedeemPollNeeds) {
  const secret = request.parameters.require('device_code');
  return redeemPoll(deviceRequests, secret, request, needs);
}

/** OpenID Connect CIBA §10.1. */
function ciba(request: TokenRequest, needs: RedeemPollNeeds) {
  const secret = request.parameters.require('auth_req_id');
  return redeemPoll(cibaRequests, secret, request, needs);
}

const TokenForm = z
  .looseObject({
    grant_type: z.enum([...GRANTS.keys()]),
    client_id: z.string().optional(),
    code: z.string().optional(),
    code_verifier: z.string().optional(),
    redirect_uri: z.string().optional(),
    refresh_token: z.string().optional(),
    device_code: z.string().optional(),
    auth_req_id: z.string().optional(),
    scope: z.string().optional(),
    subject_token: z.string().optional(),
    subject_token_type: z.string().optional(),
    actor_token: z.string().optional(),
    actor_token_type: z.string().optional(),
    requested_token_type: z.string().optional(),
    audience: z.union([z.string(), z.array(z.string())]).optional(),
    assertion: z.string().optional(),
    resource: z.union([z.string(), z.array(z.string())]).optional(),
  })
  .openapi('TokenRequest');

const TokenAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.enum(['Bearer', 'DPoP', 'N_A']),
    expires_in: z.int().openapi({ description: 'Seconds.' }),
    scope: z.string().optional(),
    refresh_token: z.string().optional(),
    id_token: z.string().optional(),
    issued_token_type: z.string().optional(),
    authorization_details: z.array(z.looseObject({ type: z.string() })).optional(),
  })
  .openapi('TokenResponse');

/** For `/openapi.json` alone: the endpoint checks its parameters itself, as RFC 6749 says. */
function describeToken({ openAPIRegistry }: Pick<OpenAPIHono, 'openAPIRegistry'>): void {
  const form = { 'application/x-www-form-urlencoded': { schema: TokenForm } };
  openAPIRegistry.registerPath({
    operationId: 'token',
    tags: ['oauth'],
    method: 'post',
    path: '/token',
    summary: 'Exchange a grant for tokens (RFC 6749 §3.2)',
    description:
      'The client authenticates as it registered: by HTTP Basic, in the form, by an assertion, or by ' +
      'its TLS certificate. A DPoP proof binds the tokens to its key.',
    request: { body: { required: true, content: form } },
    responses: {
      200: json(TokenAnswer, 'Tokens.'),
      400: json(OAuthErrorSchema, 'Refused (RFC 6749 §5.2).'),
      401: json(OAuthErrorSchema, 'The client did not authenticate: `invalid_client`.'),
      429: json(OAuthErrorSchema, 'Too many requests: `temporarily_unavailable`.'),
      503: json(OAuthErrorSchema, 'Cannot be judged now: `temporarily_unavailable`.'),
    },
  });
}
