import type { Context } from 'hono';

import type { Millis } from '../../../../shared/clock.ts';
import type { SessionView } from '../../../../shared/contracts/sessions.ts';
import type { ClientId } from '../../../../shared/ids.ts';
import type { AppEnv, Services } from '../../context.ts';
import type { Consent } from '../../oauth/consents/consent-store.ts';
import { reach } from '../../reach.ts';
import { clientName } from '../interaction/client-name.ts';
import { shownName } from '../text/shown-name.ts';
import type { Viewer } from '../viewer.ts';

/** What the account page tells of an account. */
export type AccountState = {
  readonly viewer: Viewer;
  readonly now: Millis;
  /** Newest activity first. */
  readonly sessions: readonly SessionView[];
  readonly consents: readonly Consent[];
  /** Of every client that sessions and consents name. */
  readonly clientNames: ReadonlyMap<ClientId, string>;
};

export async function readAccountState(c: Context<AppEnv>, viewer: Viewer): Promise<AccountState> {
  const { services } = c.var;
  const { id } = viewer.account;
  const [sessions, consents] = await Promise.all([
    reach('the user', async () => services.users(id).listSessions()),
    reach('the database', async () => services.consents().list(id)),
  ]);
  const clients = [...sessions, ...consents].map(({ clientId }) => clientId);
  const clientNames = await namesOf(new Set(clients), services);
  return { viewer, now: services.clock(), sessions, consents, clientNames };
}

async function namesOf(
  ids: ReadonlySet<ClientId>,
  services: Services,
): Promise<ReadonlyMap<ClientId, string>> {
  return new Map(
    await Promise.all([...ids].map(async (id) => [id, await nameOf(id, services)] as const)),
  );
}

/** A client that is gone, or cannot be asked now, is called by its id: the page is not about it. */
async function nameOf(id: ClientId, { clients, log }: Services): Promise<string> {
  try {
    const client = await clients.find(id);
    return client === undefined ? shownName(id) : clientName(client);
  } catch (error) {
    log({ event: 'client.find_failed', level: 'warn', clientId: id, cause: String(error) });
    return shownName(id);
  }
}
