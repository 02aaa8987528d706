import { toNumericDate } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import type { Consent } from '../consents/consent-store.ts';
import { accountOfSubject } from '../pairwise-subject.ts';
import { allowedScopes } from '../scopes.ts';
import { type IdTokenHint, verifyIdTokenHint } from '../verify/own-tokens.ts';
import { actorClaims } from './actor-claims.ts';
import type { Party } from './party.ts';

/**
 * Whom one of our ID tokens stands for, if it was issued to this client, has not expired, and the user
 * is still signed in in the browser that it came to. It is good for what the user agreed that the
 * client gets.
 *
 * @returns Why it is not, for the log.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function idTokenParty(
  text: string,
  client: Client,
  services: Services,
): Promise<Result<Party, string>> {
  const verified = await verifyIdTokenHint(text, services);
  if (!verified.ok) return err(verified.error.reason);
  const token = verified.value;
  const expiresAt = Number(token.claims['exp']);
  if (expiresAt <= toNumericDate(services.clock())) return err('expired');
  if (!token.audiences.includes(client.clientId)) return err('not_meant_for_client');
  const actors = actorClaims(token.claims);
  if (!actors.ok) return actors;
  const browser = await liveBrowser(token, services);
  if (browser === undefined) return err('session_ended');
  const agreed = await agreedTo(browser.accountId, client, services);
  if (agreed === undefined) return err('consent_withdrawn');
  return ok({
    subject: token.subject,
    clientId: client.clientId,
    audiences: [services.config.audience],
    agreedResources: agreed.resources,
    scopes: agreed.scopes,
    expiresAt,
    authorizationDetails: [],
    confirmation: null,
    ...actors.value,
    origin: { kind: 'id_token', browser },
  });
}

async function liveBrowser(
  { subject, sessionId }: IdTokenHint,
  { pairwiseKey, users }: Services,
): Promise<SessionGrant | undefined> {
  const account = await accountOfSubject(await pairwiseKey(), subject);
  if (account === undefined || sessionId === undefined) return undefined;
  const record = await orUnavailable('the user', async () => users(account).readSession(sessionId));
  return record?.status === 'live' ? record.grant : undefined;
}

async function agreedTo(
  accountId: AccountId,
  client: Client,
  { consents }: Services,
): Promise<Pick<Consent, 'scopes' | 'resources'> | undefined> {
  if (client.skipConsent) return { scopes: allowedScopes(client, undefined), resources: [] };
  const consent = await orUnavailable('the consents', async () =>
    consents().find(accountId, client.clientId),
  );
  if (consent === undefined) return undefined;
  // There is no refresh token to come back with.
  const scopes = consent.scopes.filter((scope) => scope !== 'offline_access');
  return { scopes, resources: consent.resources };
}
