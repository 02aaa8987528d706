import type { QueueAnswer } from '../../../shared/contracts/connect/queue-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { Asker } from './asker.ts';
import { sealGrant, sealTicket } from './passes.ts';
import type { QueueDeps } from './queue-deps.ts';

export type Access =
  | { readonly granted: true; readonly grant: string; readonly expiresIn: number }
  | {
      readonly granted: false;
      readonly position: number;
      readonly etaSeconds: number | null;
      readonly ticket: string;
      readonly retryAfterSeconds: number;
    };

/**
 * Asks the queue to let somebody in. Without a queue everybody is, with a grant that nobody asks for.
 *
 * @throws {Problem} `CONNECT_QUEUE_FULL`, `CONNECT_QUEUE_PLACE_LOST`, `SERVICE_UNAVAILABLE`
 */
export async function requestAccess({ sessionId, place }: Asker, deps: QueueDeps): Promise<Access> {
  if (!deps.isOn) return granted(sessionId, crypto.randomUUID(), deps.grantSeconds, deps);
  const answer = await orUnavailable('the queue', async () =>
    place === undefined ? deps.queue().ask(sessionId) : deps.queue().askAgain(sessionId, place),
  );
  return told(sessionId, answer, deps);
}

/** @throws {Problem} `SERVICE_UNAVAILABLE` */
export async function giveUp({ sessionId, place }: Asker, deps: QueueDeps): Promise<void> {
  if (deps.isOn)
    await orUnavailable('the queue', async () => deps.queue().giveUp(sessionId, place));
}

async function told(sessionId: string, answer: QueueAnswer, deps: QueueDeps): Promise<Access> {
  if (answer.as === 'full') throw new Problem('CONNECT_QUEUE_FULL');
  if (answer.as === 'lost') throw new Problem('CONNECT_QUEUE_PLACE_LOST');
  if (answer.as === 'granted') {
    return granted(sessionId, answer.grantId, answer.expiresIn, deps);
  }
  const { position, etaSeconds, place, retryAfterSeconds } = answer;
  const ticket = await sealTicket(await deps.salts(), { sessionId, place });
  return { granted: false, position, etaSeconds, ticket, retryAfterSeconds };
}

async function granted(
  sessionId: string,
  grantId: string,
  expiresIn: number,
  { salts }: QueueDeps,
): Promise<Access> {
  const grant = await sealGrant(await salts(), { sessionId, grantId });
  return { granted: true, grant, expiresIn };
}
