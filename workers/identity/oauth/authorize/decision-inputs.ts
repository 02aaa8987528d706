import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { BrowserSession } from '../../sessions/browser-session.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import { type SubjectNeeds, subjectForClient } from '../clients/pairwise-sector.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { type AcrConfig, acrValues } from './check-authentication.ts';
import { consentGap, isAgreedHost } from './consent.ts';
import type { ConsentStore } from './consent-store.ts';
import type { ClientTraits, ConsentState, DecisionInputs, SignedInUser } from './decision.ts';
import type { Interaction } from './interaction.ts';

export type DecisionInputsNeeds = SubjectNeeds & {
  readonly config: AcrConfig;
  readonly clock: Clock;
  readonly consents: () => ConsentStore;
};

/** A checked request that has no answer yet. */
export type Pending = {
  readonly client: Client;
  readonly request: AuthorizationRequest;
  /** `null`: it was not pushed. */
  readonly pushedId: string | null;
  /** `null` before the first page. */
  readonly interaction: Interaction | null;
};

/**
 * Reads what the next step of a request depends on.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the consents cannot be read.
 */
export async function readDecisionInputs(
  { client, request, interaction }: Omit<Pending, 'pushedId'>,
  session: BrowserSession | undefined,
  needs: DecisionInputsNeeds,
): Promise<DecisionInputs> {
  return {
    request,
    interaction,
    user: session && (await userOf(session, client, needs)),
    consent: await consentState(request, session, client, needs),
    client: traitsOf(client, request),
    reachableAcrs: acrValues(needs.config),
    now: needs.clock(),
  };
}

async function userOf(
  { grant }: BrowserSession,
  client: Client,
  needs: SubjectNeeds,
): Promise<SignedInUser> {
  const { accountId, authTime, acr } = grant;
  const subject = await subjectForClient(client, accountId, needs);
  return { accountId, authTime, acr, subject };
}

/** Consents are read only where they matter: somebody is signed in, and would be asked. */
async function consentState(
  request: AuthorizationRequest,
  session: BrowserSession | undefined,
  client: Client,
  { consents }: Pick<DecisionInputsNeeds, 'consents'>,
): Promise<ConsentState> {
  if (session === undefined || client.skipConsent) return 'complete';
  const { accountId } = session.grant;
  const agreed = await orUnavailable('the consents', () =>
    consents().find(accountId, client.clientId),
  );
  if (agreed === undefined) return 'none';
  const isCovered = consentGap(request, agreed).isEmpty && isAgreedHost(request, client, agreed);
  return isCovered ? 'complete' : 'partial';
}

/** RFC 8252 §8.6: any app that registers the scheme, or takes the port, gets the answer. */
const traitsOf = (client: Client, { redirectUri }: AuthorizationRequest): ClientTraits => ({
  skipsConsent: client.skipConsent,
  isImpersonable: isPublicClient(client) && !redirectUri.startsWith('https://'),
});
