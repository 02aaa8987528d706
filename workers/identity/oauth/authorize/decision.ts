/**
 * What happens next to a checked request: pure rules over who is signed in and what they answered.
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

/** What the rules depend on. */
export type DecisionInputs = {
  readonly request: AuthorizationRequest;
  readonly user: SignedInUser | undefined;
  /** `null` before the first page. */
  readonly interaction: Pick<Interaction, 'startedAt' | 'signedIn' | 'consent'> | null;
  readonly consent: ConsentState;
  readonly client: ClientTraits;
  /** The authentication contexts that signing in can reach. */
  readonly reachableAcrs: readonly string[];
  readonly now: Millis;
};

/**
 * What the user agreed to give the client: nothing at all, less than is requested, or all of it, as a
 * first-party client is given without being asked.
 */
export type ConsentState = 'none' | 'partial' | 'complete';

export type ClientTraits = {
  /** A first-party client's users are not asked. */
  readonly skipsConsent: boolean;
  /** Another app could pass for this client, so its user is asked each time (RFC 8252 §8.6). */
  readonly isImpersonable: boolean;
};

export type Decision =
  | { readonly to: 'issue' }
  | { readonly to: 'ask'; readonly page: InteractionPage }
  | { readonly to: 'refuse'; readonly error: OAuthErrorCode; readonly description: string };

export function decide(inputs: DecisionInputs): Decision {
  const decision = firstDecision(inputs);
  const isSilent = inputs.request.prompts.includes('none');
  return decision.to === 'ask' && isSilent ? refuseSilently(decision.page, inputs) : decision;
}

type Rule = (inputs: DecisionInputs) => Decision | undefined;

/** The first rule that decides counts; where none does, a code is issued. */
const RULES: readonly Rule[] = [
  createAccount,
  signIn,
  hideUser,
  selectAccount,
  reauthenticate,
  requireSubject,
  requireAcr,
  denied,
  consent,
];

function firstDecision(inputs: DecisionInputs): Decision {
  for (const rule of RULES) {
    const decision = rule(inputs);
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

/** Whether the user signed in in this interaction, or chose there to go on with their account. */
const signedInHere = ({ user, interaction }: DecisionInputs): boolean =>
  user !== undefined && interaction?.signedIn?.accountId === user.accountId;

/** Initiating User Registration §4.1. */
function createAccount(inputs: DecisionInputs): Decision | undefined {
  if (!inputs.request.prompts.includes('create') || signedInHere(inputs)) return undefined;
  return ask('create_account');
}

function signIn({ user }: DecisionInputs): Decision | undefined {
  return user === undefined ? ask('sign_in') : undefined;
}

/**
 * A client to which the user gave nothing, or that another app could pass for, learns by `prompt=none` that
 * somebody is signed in (Core §3.1.2.6), and nothing about them: whatever it requires of their `sub`, `acr`
 * or sign-in, the answer is the same.
 */
function hideUser({ request, consent: given, client }: DecisionInputs): Decision | undefined {
  if (client.skipsConsent || !request.prompts.includes('none')) return undefined;
  return given === 'none' || client.isImpersonable ? ask('consent') : undefined;
}

function selectAccount(inputs: DecisionInputs): Decision | undefined {
  const isRequested = inputs.request.prompts.includes('select_account');
  return isRequested && !signedInHere(inputs) ? ask('select_account') : undefined;
}

/** `prompt=login`, and `max_age` (Core §3.1.2.1): `max_age=0` is `prompt=login`. */
function reauthenticate({ request, user, interaction, now }: DecisionInputs): Decision | undefined {
  if (user === undefined) return undefined;
  if (interaction !== null && user.authTime >= interaction.startedAt) return undefined;
  const { prompts, maxAge } = request;
  const isTooOld = maxAge !== null && now - user.authTime >= seconds(maxAge);
  return prompts.includes('login') || isTooOld ? ask('sign_in') : undefined;
}

/** Another user than the required one may sign in once; then the request fails (Core §3.1.2.1). */
function requireSubject(inputs: DecisionInputs): Decision | undefined {
  const { request, user } = inputs;
  if (request.requiredSubject === null || request.requiredSubject === user?.subject) {
    return undefined;
  }
  return signedInHere(inputs)
    ? refuse('login_required', 'Another user has signed in than the one who is required')
    : ask('sign_in');
}

/** An essential `acr` that cannot be reached fails the request (Core §5.5.1.1); a voluntary one does not. */
function requireAcr(inputs: DecisionInputs): Decision | undefined {
  const { request, user, reachableAcrs } = inputs;
  const { acrValues, essentialAcr } = request;
  if (user === undefined || acrValues.length === 0 || acrValues.includes(user.acr)) {
    return undefined;
  }
  const canTry = !signedInHere(inputs) && acrValues.some((acr) => reachableAcrs.includes(acr));
  if (canTry && (essentialAcr || !request.prompts.includes('none'))) return ask('sign_in');
  if (!essentialAcr) return undefined;
  return refuse('unmet_authentication_requirements', 'The acr that is required cannot be had');
}

/** The signed-in user's own answer in this interaction. */
const answerOf = ({ user, interaction }: DecisionInputs): 'allowed' | 'denied' | undefined =>
  interaction !== null && interaction.consent?.accountId === user?.accountId
    ? interaction.consent?.answer
    : undefined;

function denied(inputs: DecisionInputs): Decision | undefined {
  if (answerOf(inputs) !== 'denied') return undefined;
  return refuse('access_denied', 'The user did not agree');
}

/** The user is asked where more is requested than they agreed to, or where each request needs consent. */
function consent(inputs: DecisionInputs): Decision | undefined {
  const { request, client, consent: given } = inputs;
  const wantsAnswer = request.prompts.includes('consent') || client.isImpersonable;
  if (client.skipsConsent) return undefined;
  if (given !== 'complete') return ask('consent');
  return wantsAnswer && answerOf(inputs) !== 'allowed' ? ask('consent') : undefined;
}

/** `prompt=none`: the client learns what the user would have been asked (Core §3.1.2.6). */
function refuseSilently(page: InteractionPage, { request, user }: DecisionInputs): Decision {
  const isForAcr =
    page === 'sign_in' &&
    user !== undefined &&
    request.essentialAcr &&
    !request.acrValues.includes(user.acr);
  const error = isForAcr ? 'unmet_authentication_requirements' : SILENT[page];
  return refuse(error, 'The user would have to be asked');
}

const SILENT: Readonly<Record<InteractionPage, OAuthErrorCode>> = {
  sign_in: 'login_required',
  create_account: 'interaction_required',
  select_account: 'account_selection_required',
  consent: 'consent_required',
};
