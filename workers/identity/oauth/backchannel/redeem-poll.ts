import { fromBase64Url } from '../../../../shared/bytes.ts';
import type { Clock } from '../../../../shared/clock.ts';
import type {
  RedeemError,
  RedeemedCode,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import type { Result } from '../../../../shared/result.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { type OpenUserSessionNeeds, openUserSession } from '../../sessions/open-user-session.ts';
import {
  invalidGrant,
  type RefuseNeeds,
  refreshConfirmation,
  requesterOf,
  type TokenRequest,
  type TokenResponse,
} from '../issue/grant.ts';
import { type IssueUserTokensNeeds, issueUserTokens } from '../issue/issue-for-client.ts';
import { type Narrowed, narrow } from '../issue/narrow.ts';
import { judgePoll, type PollVerdict } from './judge-poll.ts';
import {
  type Allowed,
  type BackchannelRequest,
  type BackchannelRequests,
  idOfSecret,
} from './request-store.ts';

export type RedeemPollNeeds = IssueUserTokensNeeds &
  OpenUserSessionNeeds &
  RefuseNeeds & { readonly clock: Clock; readonly ttlStore: () => TtlStore };

/**
 * Answers a poll of the token endpoint: with tokens once the user has allowed the request. Of any number
 * of polls, one gets tokens.
 *
 * @param secret - What the client was given when it began: 256 random bits.
 * @throws {OAuthError} As RFC 8628 §3.5 and OpenID Connect CIBA §11 say.
 */
export async function redeemPoll<Request extends BackchannelRequest>(
  requests: BackchannelRequests<Request>,
  secret: string,
  request: TokenRequest,
  needs: RedeemPollNeeds,
): Promise<TokenResponse> {
  const store = needs.ttlStore();
  const id = await idOfSecret(secret);
  const found = await requests.find(store, id);
  if (found === undefined) throw unusable('request_unknown', request, needs);
  if (found.clientId !== request.client.clientId) {
    throw unusable('client_mismatch', request, needs);
  }
  const narrowing = { scope: undefined, resources: request.parameters.all('resource') };
  const granted = { scopes: found.scopes, oauth: { resources: found.resources } };
  const narrowed = narrow(granted, narrowing, needs.config.audience);
  const verdict = await judge(requests, store, id, found, needs);
  if (verdict.to !== 'redeem') throw new OAuthError(verdict.error, DESCRIPTIONS[verdict.error]);
  const taken = await requests.take(store, id);
  if (taken === undefined) throw unusable('request_unknown', request, needs);
  try {
    return await redeemAllowed({ id, answer: verdict.answer, narrowed }, request, needs);
  } catch (error) {
    await putBack(requests, store, id, taken, needs);
    throw error;
  }
}

const DESCRIPTIONS = {
  authorization_pending: 'The user has not answered yet',
  slow_down: 'Wait longer between two polls: 5 seconds more from now on',
  access_denied: 'The user did not agree',
  expired_token: 'The request has expired: begin anew',
} as const;

async function judge<Request extends BackchannelRequest>(
  requests: BackchannelRequests<Request>,
  store: TtlStore,
  id: string,
  request: Request,
  { clock }: Pick<RedeemPollNeeds, 'clock'>,
): Promise<PollVerdict> {
  const [answer, pace] = await Promise.all([
    requests.answerTo(store, id),
    requests.paceOf(store, id),
  ]);
  const now = clock();
  const verdict = judgePoll({ expiresAt: request.expiresAt, answer, pace, now });
  if (verdict.to === 'wait') await requests.savePace(store, id, verdict.pace, request, now);
  return verdict;
}

/**
 * No tokens were given, so the client may try again. Where the code was used nonetheless, the next poll
 * is refused and the session that it opened is ended.
 */
async function putBack<Request extends BackchannelRequest>(
  requests: BackchannelRequests<Request>,
  store: TtlStore,
  id: string,
  request: Request,
  { clock, log }: Pick<RedeemPollNeeds, 'clock' | 'log'>,
): Promise<void> {
  try {
    await requests.save(store, id, request, clock());
  } catch (error) {
    log({ event: 'backchannel.put_back_failed', level: 'warn', cause: String(error) });
  }
}

export type AllowedRequest = {
  readonly id: string;
  readonly answer: Allowed;
  readonly narrowed: Narrowed;
};

/**
 * Redeems what the user has allowed: opens a session of its own for the client, and issues its tokens.
 *
 * @throws {OAuthError} `access_denied` if they have taken it back since.
 * @throws {Problem} `SERVICE_UNAVAILABLE`, `TOKEN_KMS_ERROR`
 */
async function redeemAllowed(
  { id, answer: { accountId, codeHash }, narrowed }: AllowedRequest,
  request: TokenRequest,
  needs: RedeemPollNeeds,
): Promise<TokenResponse> {
  const { opened, refreshToken } = await openUserSession(
    accountId,
    requesterOf(request),
    (user, session) =>
      user.redeemCode({
        ...session,
        codeHash: fromBase64Url(codeHash) ?? new Uint8Array(),
        clientId: request.client.clientId,
        redirectUri: null,
        codeChallenge: id,
        dpopJkt: request.proof.dpopJkt,
        confirmation: refreshConfirmation(request),
      }),
    needs,
  );
  const { grant, redeemedAt } = assertRedeemed(opened, request, needs);
  const generation = { refreshToken, isKept: false, issuedAt: redeemedAt, now: redeemedAt };
  return issueUserTokens({ ...generation, grant, narrowed, nonce: null }, request, needs);
}

/** The user has withdrawn their consent since, or ended the session in which they gave it. */
const WITHDRAWN: ReadonlySet<RedeemError['reason']> = new Set(['code_unknown', 'session_ended']);

function assertRedeemed(
  redeemed: Result<RedeemedCode, RedeemError>,
  request: TokenRequest,
  needs: RefuseNeeds,
): RedeemedCode {
  if (redeemed.ok) return redeemed.value;
  const { reason } = redeemed.error;
  if (reason === 'code_expired') {
    throw new OAuthError('expired_token', DESCRIPTIONS.expired_token);
  }
  if (WITHDRAWN.has(reason)) throw new OAuthError('access_denied', 'The user took it back');
  throw unusable(reason, request, needs);
}

/** Every secret without a usable request of this client gets the same answer. */
const unusable = (reason: string, request: TokenRequest, needs: RefuseNeeds): OAuthError =>
  invalidGrant(
    {
      event: `backchannel.${reason}`,
      reason,
      description: 'There is no such request of this client',
    },
    request,
    needs,
  );
