/**
 * Pushed authorization requests (RFC 9126): requests that were checked already and wait for the browser
 * that brings their `request_uri`. Those that a client's page sends by POST wait here, too.
 *
 * @module
 */

import { OpenAPIHono, z } from '@hono/zod-openapi';
import { randomBytes, sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Clock, type Millis, seconds } from '../../../../shared/clock.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { json } from '../../../kit/documented.ts';
import type { RequestEnv } from '../../../kit/request.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readForm } from '../../platform/parameters.ts';
import {
  type AuthenticateClientNeeds,
  authenticateClient,
  type ClientRequest,
} from '../client-auth/authenticate-client.ts';
import { dpopNonceHeader, type ProvenKeyNeeds, provenKey } from '../client-auth/dpop.ts';
import { clientFields, OAuthErrorSchema } from '../document-endpoint.ts';
import { PAR_ENDPOINT } from '../endpoints.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { type CheckRequestNeeds, checkRequest } from './check-request.ts';

export type ParNeeds = AuthenticateClientNeeds &
  ProvenKeyNeeds &
  CheckRequestNeeds & {
    readonly clock: Clock;
    readonly ttlStore: () => TtlStore;
  };

/** `POST /oauth2/par`: a client sends its authorization request itself (RFC 9126 §2). */
export function parRoutes(): OpenAPIHono<RequestEnv<ParNeeds>> {
  const app = new OpenAPIHono<RequestEnv<ParNeeds>>();
  documentPar(app);
  app.post('/par', dpopNonceHeader, async (c) => {
    const { services, correlationId } = c.var;
    const { headers } = c.req.raw;
    const parameters = await readForm(c.req.raw);
    const answerHeaders = c.res.headers;
    const sent = { headers, parameters, endpoint: PAR_ENDPOINT, correlationId, answerHeaders };
    const uri = await push(sent, services);
    return c.json({ request_uri: uri, expires_in: PUSHED_SECONDS }, 201);
  });
  return app;
}

async function push(sent: ClientRequest, needs: ParNeeds): Promise<string> {
  const client = await authenticateClient(sent, needs);
  const checked = await checkRequest('par', client, sent.parameters, needs);
  if (!checked.ok) throw checked.error.error;
  const { dpopJkt: named } = checked.value;
  const proven = await provenKey(sent.headers, sent.endpoint, needs);
  if (named !== null && proven !== null && named !== proven) {
    throw new OAuthError('invalid_dpop_proof', 'The DPoP proof is by another key than dpop_jkt');
  }
  // RFC 9449 §10.1: a proof that comes with a pushed request binds its code.
  const request = { ...checked.value, dpopJkt: named ?? proven };
  return pushRequest(needs.ttlStore(), request, needs.clock());
}

/** RFC 9126 §2.2 suggests 5 to 600. FAPI 2.0 Security Profile §5.3.2.2: less than 600. */
const PUSHED_SECONDS = 90;

const PREFIX = 'urn:ietf:params:oauth:request_uri:';

type Pushed = { readonly request: AuthorizationRequest; readonly expiresAt: Millis };

/** Whether a `request_uri` looks like ours. Does NOT say whether anything waits for it. */
export const isPushedRequestUri = (uri: string): boolean => uri.startsWith(PREFIX);

/** @returns The `request_uri`: 256 random bits. What is stored is their hash. */
export async function pushRequest(
  store: TtlStore,
  request: AuthorizationRequest,
  now: Millis,
): Promise<string> {
  const uri = PREFIX + toBase64Url(randomBytes(32));
  const pushed: Pushed = { request, expiresAt: now + seconds(PUSHED_SECONDS) };
  await store.put(keyOf(await idOf(uri)), JSON.stringify(pushed), PUSHED_SECONDS);
  return uri;
}

/** A request that waits, and the name by which it is used up. */
export type PushedRequest = { readonly request: AuthorizationRequest; readonly pushedId: string };

/**
 * Reads a request, as often as the browser comes with it: a reload, a preview and another client's attempt
 * do not use it up (RFC 9126 §7.3). {@link usePushedRequest} does.
 *
 * @returns `undefined`: there is none, it was used, it has expired, or it is another client's (§2.2).
 */
export async function findPushedRequest(
  store: TtlStore,
  uri: string,
  clientId: string,
  now: Millis,
): Promise<PushedRequest | undefined> {
  const pushedId = await idOf(uri);
  const text = await store.get(keyOf(pushedId));
  if (text === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this module writes the key
  const { request, expiresAt } = JSON.parse(text) as Pushed;
  return request.clientId === clientId && now < expiresAt ? { request, pushedId } : undefined;
}

/** How long a request can be answered after its browser came. Each page gives its interaction more time. */
const ANSWER_SECONDS = 7_200;

/**
 * Uses a request up, once a code was issued for it and before that code is sent: each is good for one code
 * (RFC 9126 §7.3), however many browsers have come with it.
 *
 * @param begunAt - When the browser came that gets the code.
 * @returns `false`: it was used before, or so long ago that nobody knows any more.
 */
export async function usePushedRequest(
  store: TtlStore,
  pushedId: string,
  begunAt: Millis,
  now: Millis,
): Promise<boolean> {
  if (now >= begunAt + seconds(ANSWER_SECONDS)) return false;
  const key = `par-used:${pushedId}`;
  const isFirst = await store.putIfAbsent(key, '1', ANSWER_SECONDS + PUSHED_SECONDS);
  if (isFirst) await store.delete(keyOf(pushedId));
  return isFirst;
}

/** The hash of the `request_uri`, which only the client and the browser know. */
const idOf = async (uri: string): Promise<string> => toBase64Url(await sha256(utf8(uri)));

const keyOf = (pushedId: string): string => `par:${pushedId}`;

const PushedForm = z
  .looseObject({
    ...clientFields,
    response_type: z.literal('code').optional(),
    redirect_uri: z.string().optional(),
    scope: z.string().optional(),
    state: z.string().optional(),
    code_challenge: z.string().optional(),
    code_challenge_method: z.literal('S256').optional(),
    request: z.string().optional().openapi({ description: 'Instead of the others (RFC 9101).' }),
  })
  .openapi('PushedAuthorizationRequest');

const PushedAnswer = z
  .object({
    request_uri: z.string(),
    expires_in: z.int().openapi({ description: 'Seconds.' }),
  })
  .openapi('PushedAuthorizationResponse');

/** Describes the endpoint by hand: its parameters are judged by the checks, not by a schema. */
function documentPar({ openAPIRegistry }: Pick<OpenAPIHono, 'openAPIRegistry'>): void {
  const form = { 'application/x-www-form-urlencoded': { schema: PushedForm } };
  openAPIRegistry.registerPath({
    operationId: 'pushAuthorizationRequest',
    tags: ['oauth'],
    method: 'post',
    path: '/par',
    summary: 'Push an authorization request (RFC 9126)',
    request: { body: { required: true, content: form } },
    responses: {
      201: json(PushedAnswer, 'Stored until a code is issued for it.'),
      400: json(OAuthErrorSchema, 'The request is refused.'),
      401: json(OAuthErrorSchema, 'The client did not authenticate: `invalid_client`.'),
      503: json(OAuthErrorSchema, 'It cannot be judged at the moment.'),
    },
  });
}
