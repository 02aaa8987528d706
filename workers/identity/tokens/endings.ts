import type { RedeemError, RotateError, UserSessions } from '../../../shared/contracts/sessions.ts';

/** Calls that end sessions whenever they succeed. */
const ENDING: ReadonlySet<PropertyKey> = new Set<keyof UserSessions>([
  'endSession',
  'endAllSessions',
  'endClientSessions',
]);

/** Why calls that judge a token have ended the session that it came from. */
const REUSED: ReadonlySet<unknown> = new Set<(RotateError | RedeemError)['reason']>([
  'refresh_reused',
  'code_reused',
]);

/**
 * A user's object that says when a call of ours has ended one of its sessions. It has told the
 * revocation log by then.
 */
export function tellingOfEnds(user: UserSessions, onEnd: () => void): UserSessions {
  return new Proxy(user, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        const answer: unknown = await Reflect.apply(method, target, args);
        if (ENDING.has(name) || REUSED.has(refusalOf(answer))) onEnd();
        return answer;
      };
    },
  });
}

/** The reason in a `Result` that is an error. */
function refusalOf(answer: unknown): unknown {
  const error = member(answer, 'error');
  return member(error, 'reason');
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
