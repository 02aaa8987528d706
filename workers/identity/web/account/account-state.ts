import type { Millis } from '../../../../shared/clock.ts';
import type { SessionView } from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import { parseEmailAddress } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import type { Consent, ConsentStore } from '../../oauth/authorize/consent-store.ts';
import {
  type CibaRequestsNeeds,
  type WaitingRequest,
  waitingRequests,
} from '../../oauth/backchannel/ciba-requests.ts';
import type { ClientDirectory } from '../../oauth/clients/client-directory.ts';
import type { BrowserId } from '../../sessions/browser-id.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import type { SocialConfig } from '../../social/config.ts';
import type { IdentityStore } from '../../social/identities/identity-store.ts';
import { type LinkTokenNeeds, linkToken } from '../../social/identities/link-token.ts';
import { clientName } from '../kit/interaction.ts';
import { shownName } from '../kit/text.ts';
import type { Viewer } from '../kit/viewer.ts';

export type AccountStateNeeds = CibaRequestsNeeds &
  ClientNamesNeeds &
  IdentitiesNeeds & {
    readonly accounts: () => AccountStore;
    readonly consents: () => ConsentStore;
    readonly users: Users;
  };

/** What the account page shows. */
export type AccountState = {
  readonly viewer: Viewer;
  readonly now: Millis;
  /** The most recently active first. */
  readonly sessions: readonly SessionView[];
  readonly consents: readonly Consent[];
  /** Whether there is a password to change. Somebody who signs in with providers alone has none. */
  readonly hasPassword: boolean;
  /** What clients ask for now, the newest first. */
  readonly requests: readonly WaitingRequest[];
  /** Of every client that sessions, consents and requests name. */
  readonly clientNames: ReadonlyMap<string, string>;
  readonly identities: IdentitiesState;
};

export async function readAccountState(
  viewer: Viewer,
  browser: BrowserId,
  needs: AccountStateNeeds,
): Promise<AccountState> {
  const { id } = viewer.account;
  const [sessions, consents, hasPassword, requests, identities] = await Promise.all([
    needs.users(id).listSessions(),
    orUnavailable('the database', async () => needs.consents().list(id)),
    orUnavailable('the database', () => readHasPassword(viewer, needs)),
    readRequests(viewer, needs),
    readIdentities(viewer, browser, needs),
  ]);
  const backchannelRequests = requests.map(({ request }) => request);
  const clients = [...sessions, ...consents, ...backchannelRequests].map(
    ({ clientId }) => clientId,
  );
  const clientNames = await readClientNames(new Set(clients), needs);
  const now = needs.clock();
  return { viewer, now, sessions, consents, hasPassword, requests, clientNames, identities };
}

async function readHasPassword(
  { account }: Viewer,
  { accounts }: Pick<AccountStateNeeds, 'accounts'>,
): Promise<boolean> {
  const { normalized = '' } = parseEmailAddress(account.email) ?? {};
  const credentials = await accounts().findCredentials(normalized);
  return credentials !== undefined && credentials.passwordHash !== null;
}

/** Where the requests cannot be read, the page is shown without them, because it also ends sessions. */
async function readRequests(
  { account }: Viewer,
  needs: CibaRequestsNeeds & { readonly log: Log },
): Promise<readonly WaitingRequest[]> {
  try {
    return await waitingRequests(account.id, needs);
  } catch (error) {
    needs.log({ event: 'requests.read_failed', level: 'warn', cause: String(error) });
    return [];
  }
}

type ClientNamesNeeds = {
  readonly clients: Pick<ClientDirectory, 'find'>;
  readonly log: Log;
};

async function readClientNames(
  ids: ReadonlySet<string>,
  needs: ClientNamesNeeds,
): Promise<ReadonlyMap<string, string>> {
  return new Map(
    await Promise.all([...ids].map(async (id) => [id, await readClientName(id, needs)] as const)),
  );
}

/** A client that is deleted, or cannot be found out now, is shown by its id. */
async function readClientName(id: string, { clients, log }: ClientNamesNeeds): Promise<string> {
  try {
    const client = await clients.find(id);
    return client === undefined ? shownName(id) : clientName(client);
  } catch (error) {
    log({ event: 'client.find_failed', level: 'warn', clientId: id, cause: String(error) });
    return shownName(id);
  }
}

type IdentitiesNeeds = LinkTokenNeeds & {
  readonly config: { readonly social: SocialConfig };
  readonly identities: () => IdentityStore;
};

/** An account at a provider, which signs its owner in to this one. */
export type LinkedIdentity = {
  readonly provider: string;
  readonly subject: string;
  readonly providerName: string;
  /** The owner's name there. */
  readonly name: string;
};

export type IdentitiesState = {
  readonly linked: readonly LinkedIdentity[];
  /** Where the linking of another one begins. */
  readonly offers: readonly { readonly name: string; readonly path: string }[];
};

async function readIdentities(
  { account }: Viewer,
  browser: BrowserId,
  needs: IdentitiesNeeds,
): Promise<IdentitiesState> {
  const { providers } = needs.config.social;
  const identities = await orUnavailable('the database', async () =>
    needs.identities().list(account.id),
  );
  const offers = await Promise.all(
    [...providers.values()].map(async ({ id, name }) => {
      const token = await linkToken({ provider: id, accountId: account.id, browser }, needs);
      return { name, path: `/account/link/${id}?token=${token}` };
    }),
  );
  const linked = identities.map(({ provider, subject, email, displayName }) => ({
    provider,
    subject,
    providerName: providers.get(provider)?.name ?? provider,
    name: displayName ?? email ?? subject,
  }));
  return { linked, offers };
}
