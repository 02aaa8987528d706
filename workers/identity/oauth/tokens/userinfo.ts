import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Principal } from '../../../../shared/contracts/edge/principal.ts';
import type { SessionRecord } from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { SessionId } from '../../../../shared/ids.ts';
import { BEARER } from '../../../kit/documented.ts';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { accountOfSubject } from '../../sessions/pairwise-subject.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import {
  encryptToClient,
  type SignForClientNeeds,
  signForClient,
} from '../clients/sign-for-client.ts';
import { type DocumentedEndpoint, documentEndpoint } from '../document-endpoint.ts';
import { type ClaimRequests, claimScopes, userClaims } from './user-claims.ts';
import {
  insufficientScope,
  invalidToken,
  readUserinfoToken,
  type UserinfoTokenNeeds,
} from './userinfo-token.ts';

/** `GET` and `POST /userinfo` (OpenID Connect Core §5.3). */
export function userinfoRoutes(): OpenAPIHono<RequestEnv<UserinfoNeeds>> {
  const app = new OpenAPIHono<RequestEnv<UserinfoNeeds>>();
  app.get('/userinfo', (c) => answer(c));
  app.post('/userinfo', (c) => answer(c));
  documentEndpoint(app, DOCUMENT);
  return app;
}

export type UserinfoNeeds = UserinfoTokenNeeds &
  UserinfoClaimsNeeds &
  SignForClientNeeds & {
    readonly config: { readonly clientId: string };
    readonly clients: Pick<ClientDirectory, 'find'>;
  };

const DOCUMENT: DocumentedEndpoint = {
  path: '/userinfo',
  summary: 'Claims about the user (OpenID Connect Core §5.3)',
  operations: { get: 'readUserinfo', post: 'readUserinfoByPost' },
  form: z.object({ access_token: z.string().optional() }),
  answers: {
    'application/json': z.looseObject({ sub: z.string() }),
    'application/jwt': z.string(),
  },
  security: BEARER,
};

async function answer(c: RequestContext<UserinfoNeeds>): Promise<Response> {
  const { services } = c.var;
  const principal = await readUserinfoToken(c.req.raw, services);
  const [claims, client] = await Promise.all([
    userinfoClaims(principal, services),
    services.clients.find(principal.clientId),
  ]);
  if (client === undefined && principal.clientId !== services.config.clientId) throw invalidToken();
  return userinfoResponse(claims, client, services);
}

type UserinfoClaims = { readonly sub: string } & Readonly<Record<string, unknown>>;

type UserinfoClaimsNeeds = {
  readonly config: { readonly clientId: string };
  readonly accounts: () => Pick<AccountStore, 'find'>;
  readonly pairwiseKey: () => Promise<CryptoKey>;
  readonly users: Users;
};

/**
 * The claims that an access token gives access to (OpenID Connect Core §5.3.2). `sub` is that of the token,
 * by which the client knows the user already.
 *
 * @throws {OAuthError} `insufficient_scope` without `openid`; `invalid_token` if there is no user
 *   behind the token, or none any more.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if session or account cannot be read.
 */
async function userinfoClaims(
  principal: Principal,
  needs: UserinfoClaimsNeeds,
): Promise<UserinfoClaims> {
  if (!principal.scopes.includes('openid')) throw insufficientScope('openid');
  const accountId = await accountOfSubject(await needs.pairwiseKey(), principal.subject);
  const sessionId = SessionId.parse(principal.sessionId ?? '');
  if (accountId === undefined || sessionId === undefined) throw invalidToken();
  const [session, account] = await Promise.all([
    needs.users(accountId).readSession(sessionId),
    orUnavailable('the database', async () => needs.accounts().find(accountId)),
  ]);
  if (session?.status !== 'live' || account?.status !== 'active') throw invalidToken();
  const scopes = claimScopes(principal, needs.config.clientId);
  return {
    ...userClaims(account, scopes, requestedBy(principal, session)),
    sub: principal.subject,
  };
}

/** The `claims` parameter counts only for the client that sent it: an exchanged token belongs to another. */
const requestedBy = ({ clientId }: Principal, { grant }: SessionRecord): ClaimRequests =>
  (grant.clientId === clientId ? grant.oauth?.claims?.userinfo : undefined) ?? {};

/**
 * Answers as the client registered (OpenID Connect Core §5.3.2): JSON, a signed JWT, either of them
 * encrypted. Our own API's client, which is no registered one, gets JSON.
 *
 * The JWT has no `exp`, so that it cannot pass for an ID token.
 */
async function userinfoResponse(
  claims: UserinfoClaims,
  client: Client | undefined,
  needs: SignForClientNeeds,
): Promise<Response> {
  const jwt = client === undefined ? undefined : await asJwt(claims, client, needs);
  if (jwt === undefined) return Response.json(claims);
  return new Response(jwt, { headers: { 'content-type': 'application/jwt' } });
}

async function asJwt(
  claims: UserinfoClaims,
  client: Client,
  needs: SignForClientNeeds,
): Promise<string | undefined> {
  const { userinfoSignedResponseAlg: alg, userinfoEncryption: encryption } = client;
  if (alg !== null) return signForClient({ typ: 'JWT', alg, encryption, claims }, client, needs);
  return encryption === null
    ? undefined
    : encryptToClient(JSON.stringify(claims), 'JSON', client, encryption, needs.clients);
}
