import * as z from 'zod';
import { utf8 } from '../../../../shared/bytes.ts';
import type {
  ClaimRequest,
  RequestedClaims,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import { lossOf, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { spaceSeparated } from '../../platform/parameters.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import type { Client } from '../clients/client.ts';
import { type VerifyIdTokenHintNeeds, verifyIdTokenHint } from '../tokens/verify-own-jwt.ts';
import { PROMPTS, type Prompt } from './authorization-request.ts';
import type { Draft, ReceivedRequest } from './draft.ts';

/**
 * `prompt` (OpenID Connect Core §3.1.2.1; `create`: Initiating User Registration §4.1). `none` must
 * stand alone.
 */
export function checkPrompt({ parameters }: ReceivedRequest): Pick<Draft, 'prompts'> {
  const prompts = spaceSeparated(parameters.get('prompt')).map(toPrompt);
  if (prompts.includes('none') && prompts.length > 1) {
    throw new OAuthError('invalid_request', 'prompt=none must stand alone');
  }
  return { prompts };
}

function toPrompt(word: string): Prompt {
  const prompt = PROMPTS.find((supported) => supported === word);
  if (prompt !== undefined) return prompt;
  throw new OAuthError('invalid_request', 'The prompt is not supported');
}

const SECONDS = /^\d{1,9}$/;

/** `max_age`, or the client's `default_max_age` (OpenID Connect Core §3.1.2.1). */
export function checkMaxAge({ client, parameters }: ReceivedRequest): Pick<Draft, 'maxAge'> {
  const text = parameters.get('max_age');
  if (text === undefined) return { maxAge: client.defaultMaxAge };
  if (!SECONDS.test(text)) throw new OAuthError('invalid_request', 'max_age must be seconds');
  return { maxAge: Number(text) };
}

/** `acr_values`, or the client's defaults. They are wishes, not demands (Core §3.1.2.1, RFC 9470 §5). */
export function checkAcrValues({ client, parameters }: ReceivedRequest): Pick<Draft, 'acrValues'> {
  const text = parameters.get('acr_values');
  return { acrValues: text === undefined ? client.defaultAcrValues : spaceSeparated(text) };
}

/** The settings that decide which authentication contexts can be reached. */
export type AcrConfig = {
  readonly social: { readonly providers: ReadonlyMap<string, unknown> };
};

/** The authentication contexts that signing in here can reach: `acr_values_supported`. */
export function acrValues({ social }: AcrConfig): readonly string[] {
  const { password, federated } = SIGN_IN_METHODS;
  return social.providers.size === 0 ? [password.acr] : [password.acr, federated.acr];
}

/**
 * `claims` (OpenID Connect Core §5.5). A `sub` with a value says who must sign in (§5.5.1); an
 * essential `acr` with values says how (§5.5.1.1).
 */
export function checkClaims({ parameters }: ReceivedRequest): Partial<Draft> {
  const text = parameters.get('claims');
  if (text === undefined) return {};
  const claims = parseRequestedClaims(text);
  if (claims === undefined) throw new OAuthError('invalid_request', 'The claims are malformed');
  const subject = claims.id_token?.['sub']?.value ?? null;
  if (subject !== null && typeof subject !== 'string') {
    throw new OAuthError('invalid_request', 'The claims ask for a sub that is no string');
  }
  return { claims, requiredSubject: subject, ...essentialAcr(claims.id_token?.['acr']) };
}

function essentialAcr(acr: ClaimRequest | undefined): Partial<Draft> {
  const values = (acr?.values ?? [acr?.value]).filter((value) => typeof value === 'string');
  if (values.length === 0) return {};
  return { acrValues: values, essentialAcr: acr?.essential === true };
}

const MAX_CLAIMS = 50;

/** How a claim is requested. Members that are not understood are left out (Core §5.5.1). */
const ClaimRequestSchema = z
  .object({
    essential: z.boolean().optional(),
    value: z.unknown().optional(),
    values: z.array(z.unknown()).optional(),
  })
  .nullable();

const Names = z
  .record(z.string().min(1).max(256), ClaimRequestSchema)
  .refine((names) => Object.keys(names).length <= MAX_CLAIMS);

const Claims = z.object({ userinfo: Names.nullish(), id_token: Names.nullish() });

/**
 * Reads the `claims` parameter (OpenID Connect Core §5.5).
 *
 * @returns `undefined` if it is not JSON, repeats a member, would be changed by a store, or has another
 *   shape.
 */
function parseRequestedClaims(text: string): RequestedClaims | undefined {
  const { success, data } = Claims.safeParse(parseStrictObject(utf8(text)));
  if (!success || lossOf(text) !== undefined) return undefined;
  const { userinfo, id_token: idToken } = data;
  return {
    ...(userinfo ? { userinfo } : {}),
    ...(idToken ? { id_token: idToken } : {}),
  };
}

export type IdTokenHintNeeds = VerifyIdTokenHintNeeds;

/** `id_token_hint` says who must be signed in (OpenID Connect Core §3.1.2.1). */
export async function checkIdTokenHint(
  { client, parameters, requiredSubject }: ReceivedRequest & Pick<Draft, 'requiredSubject'>,
  needs: IdTokenHintNeeds,
): Promise<Pick<Draft, 'requiredSubject'>> {
  const text = parameters.get('id_token_hint');
  if (text === undefined) return { requiredSubject };
  const subject = await hintedSubject(text, client, needs);
  if (requiredSubject !== null && requiredSubject !== subject) {
    throw new OAuthError('invalid_request', 'The id_token_hint and the claims differ on the sub');
  }
  return { requiredSubject: subject };
}

/**
 * The `sub` of an ID token that this client got from us, however old the token is.
 *
 * @throws {OAuthError} `invalid_request` if it is no such token.
 */
export async function hintedSubject(
  idTokenHint: string,
  client: Client,
  needs: IdTokenHintNeeds,
): Promise<string> {
  const hint = await verifyIdTokenHint(idTokenHint, needs);
  if (hint.ok && hint.value.audiences.includes(client.clientId)) return hint.value.subject;
  throw new OAuthError('invalid_request', 'The id_token_hint is no ID token of this client');
}

/** `nonce` comes back in the ID token as it is (OpenID Connect Core §3.1.2.1). */
export const checkNonce = ({ parameters }: ReceivedRequest): Pick<Draft, 'nonce'> => ({
  nonce: parameters.get('nonce') ?? null,
});

/** `login_hint` and `ui_locales` help the pages. Nothing is decided by them. */
export const checkHints = ({
  parameters,
}: ReceivedRequest): Pick<Draft, 'loginHint' | 'uiLocales'> => ({
  loginHint: parameters.get('login_hint') ?? null,
  uiLocales: spaceSeparated(parameters.get('ui_locales')),
});
