import type { QueueAnswer } from '../../../shared/contracts/connect/queue-rpc.ts';
import {
  hasSession,
  readAuthFailure,
  readPrincipal,
} from '../../../shared/contracts/edge/principal.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { type OwnClientNeeds, requireHubAccess } from '../../kit/require.ts';
import { type AccountNeeds, withAccount } from '../hubs/account-of-principal.ts';
import { limitTicketFailures, type TicketFailuresNeeds } from '../limits/ticket-failures.ts';
import { quotaExceeded } from '../quota-exceeded.ts';
import type { AdmissionQueue, AdmissionQueueNeeds } from './admission-queue.ts';
import { readTicket, sealGrant, sealTicket, type Ticket } from './passes.ts';

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
 * Asks the queue to admit a session. Without a queue every session gets a grant, which `/connect`
 * ignores.
 *
 * @throws {Problem} `CONNECT_QUEUE_FULL`, `CONNECT_QUEUE_PLACE_LOST`, `QUOTA_EXCEEDED`,
 *   `SERVICE_UNAVAILABLE`
 */
export async function requestAccess(applicant: Applicant, queue: AdmissionQueue): Promise<Access> {
  const { sessionId } = applicant;
  if (!queue.isOn) return grantAccess(sessionId, crypto.randomUUID(), queue.grantSeconds, queue);
  const answer = await orUnavailable('the queue', async () =>
    applicant.place === undefined
      ? queue.object().ask(sessionId, applicant.userId)
      : queue.object().askAgain(sessionId, applicant.place),
  );
  return toAccess(sessionId, answer, queue);
}

/**
 * Gives up a place, or a grant that was not used.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function giveUp(
  { sessionId, place }: Applicant,
  queue: AdmissionQueue,
): Promise<void> {
  if (queue.isOn)
    await orUnavailable('the queue', async () => queue.object().giveUp(sessionId, place));
}

async function toAccess(
  sessionId: string,
  answer: QueueAnswer,
  queue: AdmissionQueue,
): Promise<Access> {
  if (answer.as === 'full') throw new Problem('CONNECT_QUEUE_FULL');
  if (answer.as === 'too_many') throw quotaExceeded('queue_places_per_user', answer.most);
  if (answer.as === 'lost') throw new Problem('CONNECT_QUEUE_PLACE_LOST');
  if (answer.as === 'granted') {
    return grantAccess(sessionId, answer.grantId, answer.expiresIn, queue);
  }
  const { position, etaSeconds, place, retryAfterSeconds } = answer;
  const ticket = await sealTicket(await queue.salts(), { sessionId, place });
  return { granted: false, position, etaSeconds, ticket, retryAfterSeconds };
}

async function grantAccess(
  sessionId: string,
  grantId: string,
  expiresIn: number,
  { salts }: AdmissionQueue,
): Promise<Access> {
  const grant = await sealGrant(await salts(), { sessionId, grantId });
  return { granted: true, grant, expiresIn };
}

/** A session, or whoever presents the ticket of its place, who may do no more than keep that place. */
export type Applicant =
  | { readonly sessionId: string; readonly userId: string; readonly place: undefined }
  | Ticket;

export type ApplicantNeeds = AdmissionQueueNeeds &
  OwnClientNeeds &
  AccountNeeds &
  TicketFailuresNeeds;

/**
 * Finds out who asks. A ticket is enough, so that a page without an access token can wait.
 *
 * @throws {Problem} `AUTH_*` (`AUTH_SCOPE_INSUFFICIENT` too), `AUTHZ_DENIED`, `CONNECT_QUEUE_TICKET_INVALID`,
 *   `RATE_LIMITED`
 */
export async function identifyApplicant(
  headers: Headers,
  ticket: string | undefined,
  needs: ApplicantNeeds,
): Promise<Applicant> {
  const { salts } = needs.queue;
  const principal = readPrincipal(headers);
  if (principal === undefined) {
    if (ticket === undefined) throw new Problem(readAuthFailure(headers));
    return limitTicketFailures(headers, needs, () => openTicket(ticket, salts));
  }
  const place = ticket === undefined ? undefined : await openTicket(ticket, salts);
  if (!hasSession(principal)) {
    throw new Problem('AUTHZ_DENIED', { detail: 'This access token belongs to no session' });
  }
  // Who may not connect has nothing to wait for.
  requireHubAccess(principal, needs);
  const { sessionId } = principal;
  if (place !== undefined && place.sessionId !== sessionId) {
    throw new Problem('CONNECT_QUEUE_TICKET_INVALID');
  }
  const { subject, userId = subject } = await withAccount(principal, needs);
  return { sessionId, userId, place: undefined };
}

async function openTicket(ticket: string, salts: () => Promise<ConnectSalts>): Promise<Ticket> {
  const read = await readTicket(await salts(), ticket);
  if (read === undefined) throw new Problem('CONNECT_QUEUE_TICKET_INVALID');
  return read;
}
