import type {
  OpenedSession,
  OpenSession,
  RedeemError,
  RefusedSession,
  RotateError,
  UserSessions,
} from '../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { AccountId, SessionId } from '../../../shared/ids.ts';
import type { Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { causesOf } from '../../kit/problems.ts';

/** The sessions of an account. Each method calls the account's object once. */
export type Users = (id: AccountId) => User;

export type User = Omit<UserSessions, 'openSession'> & {
  /**
   * @throws {Problem} `AUTH_CREDENTIALS_INVALID` if the account was disabled, or its password replaced,
   *   while its user signed in.
   */
  openSession(request: OpenSession): Promise<OpenedSession>;
};

/**
 * The one way to the users' objects.
 *
 * Where an object does not answer, each method throws the {@link Problem} `SERVICE_UNAVAILABLE`: a
 * request that cannot be judged is answered 503, never as if the client had been wrong.
 *
 * @param stubOf - The stub of an account's object.
 * @param onEnd - Is called when a call has ended sessions, and the object has told the revocation log.
 */
export function userSessions(stubOf: (id: AccountId) => UserSessions, onEnd: () => void): Users {
  return (id) => sessionsOf(() => stubOf(id), onEnd);
}

function sessionsOf(stub: () => UserSessions, onEnd: () => void): User {
  const ask = <T>(call: (user: UserSessions) => Promise<T>): Promise<T> =>
    orUnavailable('the user', async () => call(stub()));
  const end = async <T>(call: (user: UserSessions) => Promise<T>): Promise<T> => {
    const answer = await ask(call);
    onEnd();
    return answer;
  };
  const judge = async <R extends Judgement>(
    call: (user: UserSessions) => Promise<R>,
  ): Promise<R> => {
    const judgement = await ask(call);
    if (!judgement.ok && REUSED.has(judgement.error.reason)) onEnd();
    return judgement;
  };
  return {
    openSession: async (request) => opened(await ask((user) => user.openSession(request))),
    rotate: (request) => judge((user) => user.rotate(request)),
    listSessions: () => ask((user) => user.listSessions()),
    checkSession: (session) => ask((user) => user.checkSession(session)),
    touchSession: (session) => ask((user) => user.touchSession(session)),
    recordAccessToken: (record) => ask((user) => user.recordAccessToken(record)),
    endSession: (session, reason) => end((user) => user.endSession(session, reason)),
    endAllSessions: (request) => end((user) => user.endAllSessions(request)),
    readSession: (session) => ask((user) => user.readSession(session)),
    reauthenticate: (request) => ask((user) => user.reauthenticate(request)),
    relyingParties: (session) => ask((user) => user.relyingParties(session)),
    endClientSessions: (client, reason) => end((user) => user.endClientSessions(client, reason)),
    expectAccountChange: () => ask((user) => user.expectAccountChange()),
    accountChanged: (change) => end((user) => user.accountChanged(change)),
    issueCode: (request) => ask((user) => user.issueCode(request)),
    redeemCode: (request) => judge((user) => user.redeemCode(request)),
    readRefreshToken: (token) => ask((user) => user.readRefreshToken(token)),
  };
}

function opened(answer: OpenedSession | RefusedSession): OpenedSession {
  if (!('refused' in answer)) return answer;
  throw new Problem('AUTH_CREDENTIALS_INVALID', { cause: answer.refused });
}

type Judgement = Result<unknown, RotateError | RedeemError>;

/** Refusals by which the object has ended the session that the token came from. */
const REUSED: ReadonlySet<(RotateError | RedeemError)['reason']> = new Set([
  'refresh_reused',
  'code_reused',
]);

export type TouchSessionNeeds = { readonly users: Users };

/**
 * Marks that a session is in use. It runs behind the answer, which does not fail with it: a failure is
 * logged.
 */
export async function touchSession(
  { accountId, sessionId }: { readonly accountId: AccountId; readonly sessionId: SessionId },
  { users }: TouchSessionNeeds,
  log: Log,
): Promise<void> {
  try {
    await users(accountId).touchSession(sessionId);
  } catch (error) {
    log({ event: 'session.touch_failed', level: 'warn', sessionId, causes: causesOf(error) });
  }
}
