import { OpenAPIHono, z } from '@hono/zod-openapi';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { TokenId } from '../../../../shared/ids.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import { type PresentedToken, unseal } from '../../../../shared/tokens/refresh-token.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import { readForm } from '../../platform/parameters.ts';
import { type RevokeTokenNeeds, revokeTokenSurely } from '../../sessions/token-status.ts';
import {
  type AuthenticateClientNeeds,
  authenticateClient,
} from '../client-auth/authenticate-client.ts';
import type { Client } from '../clients/client.ts';
import { clientFields, type DocumentedEndpoint, documentEndpoint } from '../document-endpoint.ts';
import { REVOCATION_ENDPOINT } from '../endpoints.ts';
import { type ReadRefreshTokenNeeds, readRefreshToken } from './introspection.ts';
import { type VerifyOwnJwtNeeds, verifyOwnAccessToken } from './verify-own-jwt.ts';

/** `POST /revoke` (RFC 7009). A public client may revoke what is its own. */
export function revocationRoutes(): OpenAPIHono<RequestEnv<RevocationNeeds>> {
  const app = new OpenAPIHono<RequestEnv<RevocationNeeds>>();
  app.post('/revoke', (c) => answer(c));
  documentEndpoint(app, DOCUMENT);
  return app;
}

export type RevocationNeeds = AuthenticateClientNeeds &
  VerifyOwnJwtNeeds &
  RevokeTokenNeeds &
  ReadRefreshTokenNeeds & { readonly sealingKeys: () => Promise<SealingKeys> };

const DOCUMENT: DocumentedEndpoint = {
  path: '/revoke',
  summary: 'Revoke a token (RFC 7009)',
  operations: { post: 'revokeToken' },
  form: z.object({ token: z.string(), token_type_hint: z.string().optional(), ...clientFields }),
  answers: { 'application/json': z.object({}) },
};

async function answer(c: RequestContext<RevocationNeeds>): Promise<Response> {
  const { services, correlationId, log } = c.var;
  const parameters = await readForm(c.req.raw);
  const request = {
    headers: c.req.raw.headers,
    parameters,
    endpoint: REVOCATION_ENDPOINT,
    correlationId,
    answerHeaders: c.res.headers,
  };
  const client = await authenticateClient(request, services);
  const revoked = await revoke(parameters.require('token'), client, services);
  const { clientId } = client;
  log({ event: 'token.revoked', level: 'info', clientId, revoked });
  // Some clients fail on an empty body, though RFC 7009 §2.2 says that it is ignored.
  return c.json({}, 200);
}

type Owner = Pick<Client, 'clientId'>;

/**
 * Revokes a token of the client (RFC 7009 §2.1). A refresh token ends its session, and with it all tokens
 * of the grant; an access token is revoked alone. Nothing is done about another client's token or a token
 * that is not ours, and that is no error (§2.2).
 *
 * @returns What was revoked.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if that failed: the client must not take the token for revoked.
 */
async function revoke(
  token: string,
  client: Owner,
  needs: RevocationNeeds,
): Promise<'refresh_token' | 'access_token' | 'nothing'> {
  const refreshToken = await unseal(await needs.sealingKeys(), token);
  if (refreshToken !== undefined) return revokeGrant(refreshToken, client, needs);
  const verified = await verifyOwnAccessToken(token, needs);
  return verified.ok ? revokeAccessToken(verified.value, client, needs) : 'nothing';
}

async function revokeGrant(token: PresentedToken, { clientId }: Owner, needs: RevocationNeeds) {
  const record = await readRefreshToken(token, needs);
  if (record?.clientId !== clientId) return 'nothing';
  const ended = await needs.users(token.accountId).endSession(record.grant.sessionId, 'revoked');
  return ended ? 'refresh_token' : 'nothing';
}

async function revokeAccessToken(
  { principal, expiresAt }: AccessToken,
  { clientId }: Owner,
  needs: RevocationNeeds,
) {
  const tokenId = TokenId.parse(principal.tokenId);
  if (tokenId === undefined || principal.clientId !== clientId) return 'nothing';
  await orUnavailable('the revoked tokens', () =>
    revokeTokenSurely({ tokenId, tokenExpiresAt: expiresAt }, needs),
  );
  return 'access_token';
}
