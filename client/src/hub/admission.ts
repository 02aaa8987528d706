import { SallyportError } from '../common/errors.ts';
import { isObject, numberOf, textOf } from '../common/json.ts';
import { ABNORMAL_CLOSURE, closeCodeOf, type QueuePlace } from './hub-state.ts';
import type { ConnectionEnd } from './reconnector.ts';

/** Posts an empty JSON object to the issuer with an access token. @throws {SallyportError} */
export type Post = (path: string, accessToken: string) => Promise<unknown>;

/** Why no connection is opened, in the terms of a connection that ended. */
export type NotAdmitted = Pick<ConnectionEnd, 'code' | 'retryAfterMs' | 'queue'>;

/**
 * Asks for admission after an upgrade that failed. A browser does not tell why it failed; this answer
 * does, and it holds the place in the admission queue where the deployment has one.
 *
 * @returns A grant to connect with; why not to connect now; `undefined` if the answer tells neither.
 */
export async function requestAccess(
  post: Post,
  accessToken: string,
): Promise<string | NotAdmitted | undefined> {
  try {
    const answer = await post('/queue/request-access', accessToken);
    if (!isObject(answer)) return undefined;
    if (answer['granted'] !== false) return textOf(answer['grant']);
    const retryAfterMs = 1000 * (numberOf(answer['retryAfterSeconds']) ?? 0);
    return { code: ABNORMAL_CLOSURE, retryAfterMs, queue: toPlace(answer) };
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    const code = closeCodeOf(error);
    return code === undefined ? code : { code, retryAfterMs: error.retryAfterMs ?? 0 };
  }
}

const toPlace = (answer: Readonly<Record<string, unknown>>): QueuePlace => ({
  position: numberOf(answer['position']) ?? 0,
  etaSeconds: numberOf(answer['etaSeconds']),
});
