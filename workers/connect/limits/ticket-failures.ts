import type { Clock } from '../../../shared/clock.ts';
import { CLIENT_IP_HEADER } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { limitFailures } from '../../../shared/rate-limits/limit-failures.ts';
import { networkOf } from '../../../shared/rate-limits/network-of.ts';
import { RateLimit } from '../../../shared/rate-limits/rate-limit.ts';

export type TicketFailuresNeeds = { readonly ticketFailures: RateLimit; readonly clock: Clock };

export const ticketFailureLimit = (limit: number): RateLimit =>
  new RateLimit({
    name: 'ticket-failures',
    limit,
    detail: 'Too many tickets that are not valid came from this address in a minute',
  });

const FAILURES: ReadonlySet<ErrorCode> = new Set([
  'CONNECT_TICKET_INVALID',
  'CONNECT_RECONNECTION_INVALID',
  'CONNECT_QUEUE_TICKET_INVALID',
]);

/**
 * Judges a ticket, of whichever kind. Those that are not valid are counted by the address that sends them.
 *
 * @throws {Problem} `RATE_LIMITED` where there were too many, and what `judge` throws.
 */
export const limitTicketFailures = <T>(
  headers: Headers,
  { ticketFailures, clock }: TicketFailuresNeeds,
  judge: () => Promise<T>,
): Promise<T> =>
  limitFailures(
    {
      limit: ticketFailures,
      key: networkOf(headers.get(CLIENT_IP_HEADER) ?? ''),
      clock,
      isFailure: (error) => error instanceof Problem && FAILURES.has(error.code),
    },
    judge,
  );
