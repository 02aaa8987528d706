import { randomBytes, toBase64Url } from '../../../../shared/bytes.ts';
import type {
  IssueCode,
  SessionGrant,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { subjectForClient } from '../clients/pairwise-sector.ts';
import type { Answer, BackchannelRequest, BackchannelRequests } from './backchannel-requests.ts';

/** Why an answer does not count. */
export type AnswerError =
  /** The user's session in this browser is over: nobody is signed in. */
  | { readonly reason: 'session_ended' }
  /** There is another answer already. */
  | { readonly reason: 'answered' };

export type Answering<Request extends BackchannelRequest> = {
  readonly requests: BackchannelRequests<Request>;
  readonly id: string;
  readonly request: Request;
  readonly client: Client;
  /** Of the browser in which the user answers. */
  readonly session: SessionGrant;
};

/**
 * The user allows what was asked for. They are remembered to have agreed, as at the consent page, and
 * their object keeps what the grant will be redeemed with: a code that is worth nothing without the
 * client's secret, and ends with the session in which it was made.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function allowRequest<Request extends BackchannelRequest>(
  answering: Answering<Request>,
  services: Services,
): Promise<Result<undefined, AnswerError>> {
  const { client, session } = answering;
  if (!client.skipConsent) await storeConsent(answering, services);
  const { accountId } = session;
  const code = await newCode(answering, services);
  const issued = await orUnavailable('the user', async () =>
    services.users(accountId).issueCode(code),
  );
  if (!issued.ok) return issued;
  const codeHash = toBase64Url(code.codeHash);
  return record(answering, { verdict: 'allowed', accountId, codeHash }, services);
}

/** @throws {Problem} `SERVICE_UNAVAILABLE` */
export const denyRequest = <Request extends BackchannelRequest>(
  answering: Answering<Request>,
  services: Services,
): Promise<Result<undefined, AnswerError>> =>
  record(answering, { verdict: 'denied', accountId: answering.session.accountId }, services);

async function storeConsent<Request extends BackchannelRequest>(
  { request, client, session }: Answering<Request>,
  { consents, clock }: Services,
): Promise<void> {
  const { scopes, resources, authorizationDetails } = request;
  const asked = { scopes, claims: [], resources, authorizationDetails };
  const consent = { accountId: session.accountId, clientId: client.clientId, ...asked };
  await orUnavailable('the consents', async () => consents().grant(consent, clock()));
}

async function newCode<Request extends BackchannelRequest>(
  { id, request, client, session }: Answering<Request>,
  services: Services,
): Promise<IssueCode> {
  const { scopes, resources, authorizationDetails, expiresAt } = request;
  return {
    // Nobody is handed this code, so it needs no secret: the challenge is the client's secret.
    codeHash: randomBytes(32),
    codeChallenge: id,
    browserSessionId: session.sessionId,
    clientId: client.clientId,
    redirectUri: '',
    dpopJkt: null,
    scopes,
    // The grant is another device's: it does not end when this browser signs out.
    offline: true,
    expiresAt,
    oauth: {
      subject: await subjectForClient(client, session.accountId, services),
      browserSessionId: null,
      resources,
      claims: null,
      authorizationDetails,
      confirmation: null,
      nonce: null,
    },
  };
}

/** An answer that is sent twice is the same answer. */
async function record<Request extends BackchannelRequest>(
  { requests, id, request }: Answering<Request>,
  answer: Answer,
  { ttlStore, clock }: Services,
): Promise<Result<undefined, AnswerError>> {
  const standing = await orUnavailable('the requests', async () => {
    const store = ttlStore();
    const isFirst = await requests.answer(store, id, answer, request, clock());
    return isFirst ? answer : requests.answerTo(store, id);
  });
  const { accountId, verdict } = answer;
  const isSame = standing?.accountId === accountId && standing.verdict === verdict;
  return isSame ? ok(undefined) : err({ reason: 'answered' });
}
