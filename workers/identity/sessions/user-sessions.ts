import type {
  RedeemError,
  RotateError,
  UserSessions,
} from '../../../shared/contracts/identity/user-sessions.ts';

/** Why a call that judges a token has ended the session that it came from. */
const REUSED: ReadonlySet<unknown> = new Set<(RotateError | RedeemError)['reason']>([
  'refresh_reused',
  'code_reused',
]);

/**
 * A user's object that says when a call of ours has ended one of its sessions. It has told the
 * revocation log by then.
 */
export function reportingEndedSessions(user: UserSessions, onEnd: () => void): UserSessions {
  const ending = async <T>(call: Promise<T>): Promise<T> => {
    const answer = await call;
    onEnd();
    return answer;
  };
  const judging = async <T>(call: Promise<T>): Promise<T> => {
    const answer = await call;
    if (REUSED.has(refusalOf(answer))) onEnd();
    return answer;
  };
  return {
    openSession: (request) => user.openSession(request),
    rotate: (request) => judging(user.rotate(request)),
    listSessions: () => user.listSessions(),
    checkSession: (id) => user.checkSession(id),
    touchSession: (id) => user.touchSession(id),
    endSession: (id, reason) => ending(user.endSession(id, reason)),
    endAllSessions: (request) => ending(user.endAllSessions(request)),
    readSession: (id) => user.readSession(id),
    reauthenticate: (request) => user.reauthenticate(request),
    relyingParties: (id) => user.relyingParties(id),
    endClientSessions: (clientId, reason) => ending(user.endClientSessions(clientId, reason)),
    changeRoles: (roles) => user.changeRoles(roles),
    issueCode: (request) => user.issueCode(request),
    redeemCode: (request) => judging(user.redeemCode(request)),
    readRefreshToken: (token) => user.readRefreshToken(token),
  };
}

/** The reason in a `Result` that is an error. */
function refusalOf(answer: unknown): unknown {
  const error = member(answer, 'error');
  return member(error, 'reason');
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
