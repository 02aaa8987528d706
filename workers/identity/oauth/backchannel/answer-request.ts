import { randomBytes, toBase64Url } from '../../../../shared/bytes.ts';
import type { Clock } from '../../../../shared/clock.ts';
import type {
  IssueCode,
  SessionGrant,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import type { ConsentStore } from '../authorize/consent-store.ts';
import type { Client } from '../clients/client.ts';
import { type SubjectNeeds, subjectForClient } from '../clients/pairwise-sector.ts';
import type { Answer, BackchannelRequest, BackchannelRequests } from './request-store.ts';

export type DenyRequestNeeds = {
  readonly clock: Clock;
  readonly ttlStore: () => TtlStore;
};

export type AllowRequestNeeds = DenyRequestNeeds &
  SubjectNeeds & {
    readonly users: Users;
    readonly consents: () => ConsentStore;
  };

/** Why an answer does not count. */
export type AnswerError =
  /** The user's session in this browser is over: nobody is signed in. */
  | { readonly reason: 'session_ended' }
  /** There is another answer already: another user's, or the opposite. */
  | { readonly reason: 'answered' };

/** A request, and who answers it. */
export type AnswerableRequest<Request extends BackchannelRequest> = {
  readonly requests: BackchannelRequests<Request>;
  readonly id: string;
  readonly request: Request;
  readonly client: Client;
  /** Of the browser in which the user answers. */
  readonly session: SessionGrant;
};

/**
 * The user allows a request. Their consent is stored, as at the consent page, and their object issues
 * the code that the client's poll redeems: it is worth nothing without the client's secret, and ends
 * with the session in which it was issued.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function allowRequest<Request extends BackchannelRequest>(
  answerable: AnswerableRequest<Request>,
  needs: AllowRequestNeeds,
): Promise<Result<undefined, AnswerError>> {
  const { client, session } = answerable;
  if (!client.skipConsent) await storeConsent(answerable, needs);
  const { accountId } = session;
  const code = await newCode(answerable, needs);
  const issued = await needs.users(accountId).issueCode(code);
  if (!issued.ok) return issued;
  const codeHash = toBase64Url(code.codeHash);
  return saveAnswer(answerable, { verdict: 'allowed', accountId, codeHash }, needs);
}

/** @throws {Problem} `SERVICE_UNAVAILABLE` */
export const denyRequest = <Request extends BackchannelRequest>(
  answerable: AnswerableRequest<Request>,
  needs: DenyRequestNeeds,
): Promise<Result<undefined, AnswerError>> =>
  saveAnswer(answerable, { verdict: 'denied', accountId: answerable.session.accountId }, needs);

async function storeConsent<Request extends BackchannelRequest>(
  { request, client, session }: AnswerableRequest<Request>,
  { consents, clock }: Pick<AllowRequestNeeds, 'consents' | 'clock'>,
): Promise<void> {
  const { scopes, resources, authorizationDetails } = request;
  const agreed = { scopes, claims: [], resources, authorizationDetails };
  const consent = { accountId: session.accountId, clientId: client.clientId, ...agreed };
  await orUnavailable('the consents', async () => consents().grant(consent, clock()));
}

async function newCode<Request extends BackchannelRequest>(
  { id, request, client, session }: AnswerableRequest<Request>,
  needs: SubjectNeeds,
): Promise<IssueCode> {
  const { scopes, resources, authorizationDetails, expiresAt } = request;
  return {
    // The code goes to nobody, so it need not be unsealed: the client's secret is what redeems it.
    codeHash: randomBytes(32),
    codeChallenge: id,
    browserSessionId: session.sessionId,
    clientId: client.clientId,
    redirectUri: '',
    dpopJkt: null,
    scopes,
    // Tokens go to another device: they outlive a sign-out in this browser.
    offline: true,
    expiresAt,
    oauth: {
      subject: await subjectForClient(client, session.accountId, needs),
      browserSessionId: null,
      resources,
      claims: null,
      authorizationDetails,
      confirmation: null,
      nonce: null,
    },
  };
}

/** Succeeds for an answer that is sent twice, too. */
async function saveAnswer<Request extends BackchannelRequest>(
  { requests, id, request }: AnswerableRequest<Request>,
  answer: Answer,
  { ttlStore, clock }: DenyRequestNeeds,
): Promise<Result<undefined, AnswerError>> {
  const stored = await orUnavailable('the requests', async () => {
    const store = ttlStore();
    const isFirst = await requests.answer(store, id, answer, request, clock());
    return isFirst ? answer : requests.answerTo(store, id);
  });
  const { accountId, verdict } = answer;
  const isSame = stored?.accountId === accountId && stored.verdict === verdict;
  return isSame ? ok(undefined) : err({ reason: 'answered' });
}
