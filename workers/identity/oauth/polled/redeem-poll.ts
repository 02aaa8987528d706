import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../oauth-error.ts';
import type { TokenRequest, TokenResponse } from '../token/grant.ts';
import { narrow } from '../token/narrowing.ts';
import { judgePoll, type PollVerdict } from './judge-poll.ts';
import type { PolledRequest } from './polled-request.ts';
import { idOfSecret, type PolledRequests } from './polled-requests.ts';
import { redeemAllowed } from './redeem-allowed.ts';
import { unusable } from './unusable.ts';

/**
 * Answers a poll of the token endpoint: with tokens once the user has allowed the request, and of any
 * number of polls with tokens once.
 *
 * @param secret - What the client was given when it began: 256 random bits.
 * @throws {OAuthError} As RFC 8628 §3.5 and OpenID Connect CIBA §11 say.
 */
export async function redeemPoll<Request extends PolledRequest>(
  requests: PolledRequests<Request>,
  secret: string,
  request: TokenRequest,
  services: Services,
): Promise<TokenResponse> {
  const store = services.ttlStore();
  const id = await idOfSecret(secret);
  const found = await requests.find(store, id);
  if (found === undefined) throw unusable('request_unknown', request, services);
  if (found.clientId !== request.client.clientId) {
    throw unusable('client_mismatch', request, services);
  }
  const asked = { scope: undefined, resources: request.parameters.all('resource') };
  const granted = { scopes: found.scopes, oauth: { resources: found.resources } };
  const narrowed = narrow(granted, asked, services.config.audience);
  const verdict = await judge(requests, store, id, found, services);
  if (verdict.to !== 'redeem') throw new OAuthError(verdict.error, DESCRIPTIONS[verdict.error]);
  const taken = await requests.take(store, id);
  if (taken === undefined) throw unusable('request_unknown', request, services);
  try {
    return await redeemAllowed({ id, answer: verdict.answer, narrowed }, request, services);
  } catch (error) {
    await putBack(requests, store, id, taken, services);
    throw error;
  }
}

const DESCRIPTIONS = {
  authorization_pending: 'The user has not answered yet',
  slow_down: 'Wait longer between two polls: 5 seconds more from now on',
  access_denied: 'The user did not agree',
  expired_token: 'The request has expired: begin anew',
} as const;

async function judge<Request extends PolledRequest>(
  requests: PolledRequests<Request>,
  store: TtlStore,
  id: string,
  request: Request,
  { clock }: Services,
): Promise<PollVerdict> {
  const [answer, pace] = await Promise.all([
    requests.answerTo(store, id),
    requests.paceOf(store, id),
  ]);
  const now = clock();
  const verdict = judgePoll({ expiresAt: request.expiresAt, answer, pace, now });
  if (verdict.to === 'wait') await requests.keepPace(store, id, verdict.pace, request, now);
  return verdict;
}

/**
 * Nobody was given tokens, so the client may try again. A code that was used nonetheless is refused
 * then, and what it opened is ended.
 */
async function putBack<Request extends PolledRequest>(
  requests: PolledRequests<Request>,
  store: TtlStore,
  id: string,
  request: Request,
  { clock, log }: Services,
): Promise<void> {
  try {
    await requests.save(store, id, request, clock());
  } catch (error) {
    log({ event: 'polled.put_back_failed', level: 'warn', cause: String(error) });
  }
}
