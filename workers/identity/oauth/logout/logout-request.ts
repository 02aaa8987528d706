import type { SessionId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import {
  type IdTokenHint,
  type VerifyIdTokenHintNeeds,
  verifyIdTokenHint,
} from '../tokens/verify-own-jwt.ts';

/** A checked request to sign out (OpenID Connect RP-Initiated Logout §2). */
export type LogoutRequest = {
  /** Of the ID token that came as a hint. `undefined`: none that we can verify came. */
  readonly sessionId: SessionId | undefined;
  readonly client: Client | undefined;
  /** Where to send the browser afterwards, with `state`: registered for the client, exactly. */
  readonly redirectTo: string | undefined;
};

export type LogoutRequestError = {
  readonly reason: 'client_unknown' | 'client_mismatch' | 'redirect_uri_unregistered';
};

/** What a relying party may send. `logout_hint` and `ui_locales` have no effect here. */
const PARAMETERS = [
  'id_token_hint',
  'logout_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
  'ui_locales',
];

/** The parameters of the request, without those of forms and of others. */
export const logoutParameters = (parameters: Parameters): Readonly<Record<string, string>> =>
  Object.fromEntries(
    PARAMETERS.flatMap((name) => {
      const value = parameters.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );

export type LogoutRequestNeeds = VerifyIdTokenHintNeeds & {
  readonly clients: Pick<ClientDirectory, 'find'>;
};

/**
 * Checks a request to sign out.
 *
 * A hint that cannot be verified counts as absent: its key may be long gone, and without a hint the user
 * is asked. A redirect needs a client that has registered it; where no client is named, there is none
 * (§3).
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if keys or clients do not answer.
 */
export async function readLogoutRequest(
  parameters: Parameters,
  needs: LogoutRequestNeeds,
): Promise<Result<LogoutRequest, LogoutRequestError>> {
  const hint = await readHint(parameters.get('id_token_hint'), needs);
  const found = await findClient(parameters.get('client_id'), hint, needs);
  if (!found.ok) return found;
  const client = found.value;
  const sessionId = hint?.sessionId;
  const redirectUri = parameters.get('post_logout_redirect_uri');
  if (client === undefined || redirectUri === undefined) {
    return ok({ sessionId, client, redirectTo: undefined });
  }
  if (!client.postLogoutRedirectUris.includes(redirectUri)) {
    return err({ reason: 'redirect_uri_unregistered' });
  }
  const redirectTo = withState(redirectUri, parameters.get('state'));
  return ok({ sessionId, client, redirectTo });
}

/** The client that the request names, or that the ID token was issued to. `undefined`: none. */
async function findClient(
  clientId: string | undefined,
  hint: IdTokenHint | undefined,
  { clients }: Pick<LogoutRequestNeeds, 'clients'>,
): Promise<Result<Client | undefined, LogoutRequestError>> {
  if (clientId === undefined) {
    const [named] = hint?.audiences ?? [];
    return ok(named === undefined ? undefined : await clients.find(named));
  }
  if (hint?.audiences.includes(clientId) === false) return err({ reason: 'client_mismatch' });
  const client = await clients.find(clientId);
  return client === undefined ? err({ reason: 'client_unknown' }) : ok(client);
}

async function readHint(
  token: string | undefined,
  needs: LogoutRequestNeeds,
): Promise<IdTokenHint | undefined> {
  if (token === undefined) return undefined;
  const verified = await verifyIdTokenHint(token, needs);
  return verified.ok ? verified.value : undefined;
}

/** Added to the query, if there is one: the rest of the URI stays as it was registered. */
function withState(redirectUri: string, state: string | undefined): string {
  if (state === undefined) return redirectUri;
  const joint = redirectUri.includes('?') ? '&' : '?';
  return `${redirectUri}${joint}state=${encodeURIComponent(state)}`;
}

/** Where the browser goes once its user is signed out, and whose address that is. */
export type AfterLogout = { readonly redirectTo: string; readonly client: Client };
