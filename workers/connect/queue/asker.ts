import {
  hasSession,
  readAuthFailure,
  readPrincipal,
} from '../../../shared/contracts/edge/principal.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { readTicket, type Ticket } from './passes.ts';

/** Who asks: a session, or whoever shows the ticket of its place, and no more than that place. */
export type Asker = { readonly sessionId: string; readonly place: number | undefined };

/**
 * Finds out who asks. A ticket is enough, so that a page that has no access token can wait.
 *
 * @throws {Problem} `AUTH_*`, `AUTHZ_DENIED`, `CONNECT_QUEUE_TICKET_INVALID`
 */
export async function askerOf(
  headers: Headers,
  ticket: string | undefined,
  salts: () => Promise<ConnectSalts>,
): Promise<Asker> {
  const principal = readPrincipal(headers);
  const shown = ticket === undefined ? undefined : await opened(ticket, salts);
  if (principal === undefined) {
    if (shown === undefined) throw new Problem(readAuthFailure(headers));
    return shown;
  }
  if (!hasSession(principal)) {
    throw new Problem('AUTHZ_DENIED', { detail: 'This access token stands for no session' });
  }
  const { sessionId } = principal;
  if (shown !== undefined && shown.sessionId !== sessionId) {
    throw new Problem('CONNECT_QUEUE_TICKET_INVALID');
  }
  return { sessionId, place: undefined };
}

async function opened(ticket: string, salts: () => Promise<ConnectSalts>): Promise<Ticket> {
  const read = await readTicket(await salts(), ticket);
  if (read === undefined) throw new Problem('CONNECT_QUEUE_TICKET_INVALID');
  return read;
}
