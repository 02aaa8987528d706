import type { Context } from 'hono';

import type { Millis } from '../../../../shared/clock.ts';
import type { SessionView } from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { parseEmailAddress } from '../../accounts/account.ts';
import type { AppEnv, Services } from '../../context.ts';
import type { Consent } from '../../oauth/authorizations/consent-store.ts';
import { type WaitingRequest, waitingRequests } from '../../oauth/backchannel/ciba-requests.ts';
import { clientName } from '../kit/interaction.ts';
import { shownName } from '../kit/text.ts';
import type { Viewer } from '../kit/viewer.ts';

/** What the account page tells of an account. */
export type AccountState = {
  readonly viewer: Viewer;
  readonly now: Millis;
  /** Newest activity first. */
  readonly sessions: readonly SessionView[];
  readonly consents: readonly Consent[];
  /** Whether there is one to change: who signs in with a provider alone has none. */
  readonly hasPassword: boolean;
  /** What clients ask now, the newest first. */
  readonly requests: readonly WaitingRequest[];
  /** Of every client that sessions, consents and requests name. */
  readonly clientNames: ReadonlyMap<string, string>;
};

export async function readAccountState(c: Context<AppEnv>, viewer: Viewer): Promise<AccountState> {
  const { services } = c.var;
  const { id } = viewer.account;
  const [sessions, consents, hasPassword, requests] = await Promise.all([
    orUnavailable('the user', async () => services.users(id).listSessions()),
    orUnavailable('the database', async () => services.consents().list(id)),
    orUnavailable('the database', () => hasPasswordNow(viewer, services)),
    requestsOf(viewer, services),
  ]);
  const asked = requests.map(({ request }) => request);
  const clients = [...sessions, ...consents, ...asked].map(({ clientId }) => clientId);
  const clientNames = await namesOf(new Set(clients), services);
  const now = services.clock();
  return { viewer, now, sessions, consents, hasPassword, requests, clientNames };
}

async function hasPasswordNow({ account }: Viewer, { accounts }: Services): Promise<boolean> {
  const { normalized = '' } = parseEmailAddress(account.email) ?? {};
  const credentials = await accounts().findCredentials(normalized);
  return credentials !== undefined && credentials.passwordHash !== null;
}

/** Where they cannot be read, the page does without: it is there to end sessions, too. */
async function requestsOf(
  { account }: Viewer,
  services: Services,
): Promise<readonly WaitingRequest[]> {
  try {
    return await waitingRequests(account.id, services);
  } catch (error) {
    services.log({ event: 'requests.read_failed', level: 'warn', cause: String(error) });
    return [];
  }
}

async function namesOf(
  ids: ReadonlySet<string>,
  services: Services,
): Promise<ReadonlyMap<string, string>> {
  return new Map(
    await Promise.all([...ids].map(async (id) => [id, await nameOf(id, services)] as const)),
  );
}

/** A client that is gone, or cannot be asked now, is called by its id: the page is not about it. */
async function nameOf(id: string, { clients, log }: Services): Promise<string> {
  try {
    const client = await clients.find(id);
    return client === undefined ? shownName(id) : clientName(client);
  } catch (error) {
    log({ event: 'client.find_failed', level: 'warn', clientId: id, cause: String(error) });
    return shownName(id);
  }
}
