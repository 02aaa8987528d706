/**
 * What happens next to a request that was checked: pure rules over what is known of the browser.
 *
 * @see [OpenID Connect Core §3.1.2.3, §3.1.2.4](https://openid.net/specs/openid-connect-core-1_0.html#Authenticates)
 * @module
 */

import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { OAuthErrorCode } from '../../../../shared/oauth/error-codes.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { Interaction, InteractionPage } from './interaction.ts';

/** Who is signed in in the browser. */
export type SignedInUser = Pick<SessionGrant, 'accountId' | 'authTime' | 'acr'> & {
  /** The `sub` by which the client knows them. */
  readonly subject: string;
};

/** What the rules look at. */
export type DecisionInputs = {
  readonly request: AuthorizationRequest;
  readonly user: SignedInUser | undefined;
  /** Every page has been and gone in it: `null` before the first. */
  readonly interaction: Pick<Interaction, 'startedAt' | 'signedIn' | 'consent'> | null;
  /** What is asked for goes beyond what the user agreed to. */
  readonly exceedsConsent: boolean;
  readonly client: ClientTraits;
  /** The authentication contexts that signing in can reach. */
  readonly reachableAcrs: readonly string[];
  readonly now: Millis;
};

export type ClientTraits = {
  /** A first-party client: nobody is asked. */
  readonly skipsConsent: boolean;
  /** Others could pass themselves off as it: its user is asked each time (RFC 8252 §8.6). */
  readonly isImpersonable: boolean;
};

export type Decision =
  | { readonly to: 'issue' }
  | { readonly to: 'ask'; readonly page: InteractionPage }
  | { readonly to: 'refuse'; readonly error: OAuthErrorCode; readonly description: string };

export function decide(situation: DecisionInputs): Decision {
  const decision = firstOf(situation);
  const isSilent = situation.request.prompts.includes('none');
  return decision.to === 'ask' && isSilent ? silently(decision.page, situation) : decision;
}

type Rule = (situation: DecisionInputs) => Decision | undefined;

const RULES: readonly Rule[] = [
  createAccount,
  signIn,
  selectAccount,
  authenticateAnew,
  beTheRequiredUser,
  authenticateWell,
  denied,
  consent,
];

function firstOf(situation: DecisionInputs): Decision {
  for (const rule of RULES) {
    const decision = rule(situation);
    if (decision !== undefined) return decision;
  }
  return { to: 'issue' };
}

const ask = (page: InteractionPage): Decision => ({ to: 'ask', page });
const refuse = (error: OAuthErrorCode, description: string): Decision => ({
  to: 'refuse',
  error,
  description,
});

/** Whether whoever is signed in now signed in, or chose to go on, in this interaction. */
const hasComeThrough = ({ user, interaction }: DecisionInputs): boolean =>
  user !== undefined && interaction?.signedIn?.accountId === user.accountId;

/** Initiating User Registration §4.1. */
function createAccount(situation: DecisionInputs): Decision | undefined {
  if (!situation.request.prompts.includes('create') || hasComeThrough(situation)) return undefined;
  return ask('create_account');
}

function signIn({ user }: DecisionInputs): Decision | undefined {
  return user === undefined ? ask('sign_in') : undefined;
}

function selectAccount(situation: DecisionInputs): Decision | undefined {
  const isAsked = situation.request.prompts.includes('select_account');
  return isAsked && !hasComeThrough(situation) ? ask('select_account') : undefined;
}

/** `prompt=login`, and `max_age` (Core §3.1.2.1): `max_age=0` is `prompt=login`. */
function authenticateAnew({
  request,
  user,
  interaction,
  now,
}: DecisionInputs): Decision | undefined {
  if (user === undefined) return undefined;
  if (interaction !== null && user.authTime >= interaction.startedAt) return undefined;
  const { prompts, maxAge } = request;
  const isTooOld = maxAge !== null && now - user.authTime >= seconds(maxAge);
  return prompts.includes('login') || isTooOld ? ask('sign_in') : undefined;
}

/** Another user than the hint's or the claims' signs in once; then the request fails (Core §3.1.2.1). */
function beTheRequiredUser(situation: DecisionInputs): Decision | undefined {
  const { request, user } = situation;
  if (request.requiredSubject === null || request.requiredSubject === user?.subject) {
    return undefined;
  }
  return hasComeThrough(situation)
    ? refuse('login_required', 'Another user has signed in than the one who is required')
    : ask('sign_in');
}

/** An essential `acr` fails what it cannot be had for (Core §5.5.1.1); a voluntary one is tried. */
function authenticateWell(situation: DecisionInputs): Decision | undefined {
  const { request, user, reachableAcrs } = situation;
  const { acrValues, essentialAcr } = request;
  if (user === undefined || acrValues.length === 0 || acrValues.includes(user.acr)) {
    return undefined;
  }
  const canTry = !hasComeThrough(situation) && acrValues.some((acr) => reachableAcrs.includes(acr));
  if (canTry && (essentialAcr || !request.prompts.includes('none'))) return ask('sign_in');
  if (!essentialAcr) return undefined;
  return refuse('unmet_authentication_requirements', 'The acr that is required cannot be had');
}

/** What the signed-in user said in this interaction. What others said before them counts nothing. */
const answerOf = ({ user, interaction }: DecisionInputs): 'allowed' | 'denied' | undefined =>
  interaction !== null && interaction.consent?.accountId === user?.accountId
    ? interaction.consent?.answer
    : undefined;

function denied(situation: DecisionInputs): Decision | undefined {
  if (answerOf(situation) !== 'denied') return undefined;
  return refuse('access_denied', 'The user did not agree');
}

/** Asked where more is wanted than was agreed to, and each time where that proves too little. */
function consent(situation: DecisionInputs): Decision | undefined {
  const { request, client, exceedsConsent } = situation;
  const wantsAnswer = request.prompts.includes('consent') || client.isImpersonable;
  if (client.skipsConsent) return undefined;
  if (exceedsConsent) return ask('consent');
  return wantsAnswer && answerOf(situation) !== 'allowed' ? ask('consent') : undefined;
}

/** `prompt=none`: the client is told what it would have taken (Core §3.1.2.6). */
function silently(page: InteractionPage, { request, user }: DecisionInputs): Decision {
  const isForAcr =
    user !== undefined && request.essentialAcr && !request.acrValues.includes(user.acr);
  const error = page === 'sign_in' && isForAcr ? 'unmet_authentication_requirements' : SILENT[page];
  return refuse(error, 'The user would have to be asked');
}

const SILENT: Readonly<Record<InteractionPage, OAuthErrorCode>> = {
  sign_in: 'login_required',
  create_account: 'interaction_required',
  select_account: 'account_selection_required',
  consent: 'consent_required',
};
