import { SallyportError } from '../common/errors.ts';
import { isObject, numberOf, textOf } from '../common/json.ts';
import { closeCodeOf, type QueuePlace } from './hub-state.ts';
import type { ConnectionEnd } from './reconnector.ts';

/** Sends JSON to the issuer, with an access token. @throws {SallyportError} */
export type Post = (path: string, accessToken: string) => Promise<unknown>;

/** What an attempt came to that was not made, as if its connection had ended so. */
export type NotAdmitted = Pick<ConnectionEnd, 'code' | 'retryAfterMs' | 'queue'>;

const NOTHING_SAID = 1006;

/**
 * Asks to be let in, after an upgrade that failed: a browser does not say why, but this answer does,
 * and where the deployment has an admission queue it is the place in it.
 *
 * @returns A grant to connect with; `undefined` if nothing more is known; else why not to connect now.
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
    return { code: NOTHING_SAID, retryAfterMs, queue: toPlace(answer) };
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
