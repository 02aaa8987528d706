import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Services } from '../../context.ts';
import type { BrowserSession } from '../../sessions/browser-session.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import { subjectForClient } from '../clients/pairwise-sector.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { acrValues } from './check-authentication.ts';
import { consentGap } from './consent.ts';
import type { ClientTraits, DecisionInputs, SignedInUser } from './decision.ts';
import type { Interaction } from './interaction.ts';

/** A checked request that was not answered yet. */
export type Pending = {
  readonly client: Client;
  readonly request: AuthorizationRequest;
  /** `null` before the first page. */
  readonly interaction: Interaction | null;
};

/**
 * Gathers what the next step of a request depends on.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the consents cannot be read.
 */
export async function readDecisionInputs(
  { client, request, interaction }: Pending,
  session: BrowserSession | undefined,
  services: Services,
): Promise<DecisionInputs> {
  return {
    request,
    interaction,
    user: session && (await userOf(session, client, services)),
    exceedsConsent: await exceedsConsent(request, session, client, services),
    client: traitsOf(client, request),
    reachableAcrs: acrValues(services.config),
    now: services.clock(),
  };
}

async function userOf(
  { grant }: BrowserSession,
  client: Client,
  services: Services,
): Promise<SignedInUser> {
  const { accountId, authTime, acr } = grant;
  const subject = await subjectForClient(client, accountId, services);
  return { accountId, authTime, acr, subject };
}

/** Consents are read where they can matter: somebody is signed in, and would be asked. */
async function exceedsConsent(
  request: AuthorizationRequest,
  session: BrowserSession | undefined,
  client: Client,
  { consents }: Services,
): Promise<boolean> {
  if (session === undefined || client.skipConsent) return false;
  const { accountId } = session.grant;
  const agreed = await orUnavailable('the consents', () =>
    consents().find(accountId, client.clientId),
  );
  return !consentGap(request, agreed).isEmpty;
}

/** RFC 8252 §8.6: whoever can register the scheme or the port gets the answer. */
const traitsOf = (client: Client, { redirectUri }: AuthorizationRequest): ClientTraits => ({
  skipsConsent: client.skipConsent,
  isImpersonable: isPublicClient(client) && !redirectUri.startsWith('https://'),
});
