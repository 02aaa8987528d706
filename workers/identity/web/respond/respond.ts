import { type Clock, minutes, toNumericDate } from '../../../../shared/clock.ts';
import { unreachable } from '../../../../shared/result.ts';
import type { RequestContext } from '../../../kit/request.ts';
import type {
  ResponseMembers,
  ResponseMode,
  ReturnAddress,
} from '../../oauth/authorize/authorization-request.ts';
import type { Client } from '../../oauth/clients/client.ts';
import { type SignForClientNeeds, signForClient } from '../../oauth/clients/sign-for-client.ts';
import type { RenderPageNeeds } from '../kit/layout.tsx';
import { formPostPage } from './form-post.ts';
import { goOn, seeOther } from './going-on.tsx';

export type RespondNeeds = SignForClientNeeds & RenderPageNeeds & { readonly clock: Clock };

/** An answer that the browser takes to the client: by a URL, or by a form. */
export type ClientAnswer =
  | { readonly by: 'url'; readonly url: string }
  | { readonly by: 'form'; readonly redirectUri: string; readonly members: ResponseMembers };

/**
 * Makes an answer to a client. `state` and `iss` (RFC 9207) are added.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, {OAuthError} As `signForClient`: in a JWT mode.
 */
export async function clientAnswer(
  address: ReturnAddress,
  members: ResponseMembers,
  client: Client,
  needs: RespondNeeds,
): Promise<ClientAnswer> {
  const { redirectUri, responseMode, state } = address;
  const all = {
    ...members,
    ...(state === null ? {} : { state }),
    iss: needs.config.issuer,
  };
  const sent = isSigned(responseMode) ? await signedResponse(all, client, needs) : all;
  switch (responseMode) {
    case 'query':
    case 'query.jwt':
    case 'jwt':
      return { by: 'url', url: queryUrl(redirectUri, sent) };
    case 'fragment':
    case 'fragment.jwt':
      return { by: 'url', url: fragmentUrl(redirectUri, sent) };
    case 'form_post':
    case 'form_post.jwt':
      return { by: 'form', redirectUri, members: sent };
    default:
      return unreachable(responseMode);
  }
}

export type Reply = {
  readonly client: Client;
  readonly address: ReturnAddress;
  readonly members: ResponseMembers;
  /** Whether a form of a page of ours has brought the browser here, maybe through redirects. */
  readonly isAfterForm: boolean;
};

/** Answers a client through the browser at once, by redirect or by a form that sends itself. */
export async function respond(
  c: RequestContext<RespondNeeds>,
  { client, address, members, isAfterForm }: Reply,
): Promise<Response> {
  const answer = await clientAnswer(address, members, client, c.var.services);
  if (answer.by === 'form') return formPostPage(answer.redirectUri, answer.members);
  return isAfterForm ? goOn(c, answer.url) : seeOther(answer.url);
}

/** JARM §2.3. For a code, `jwt` is `query.jwt` (§2.3.4). */
const isSigned = (mode: ResponseMode): boolean => mode.endsWith('jwt');

/** The query that the redirect URI has stays as it was registered (RFC 6749 §3.1.2). */
function queryUrl(redirectUri: string, members: ResponseMembers): string {
  return redirectUri + joint(redirectUri) + formEncoded(members);
}

function joint(uri: string): string {
  if (!uri.includes('?')) return '?';
  return uri.endsWith('?') || uri.endsWith('&') ? '' : '&';
}

/** OAuth 2.0 Multiple Response Type Encoding Practices §2.1. No registered URI has a fragment. */
const fragmentUrl = (redirectUri: string, members: ResponseMembers): string =>
  `${redirectUri}#${formEncoded(members)}`;

const formEncoded = (members: ResponseMembers): string => new URLSearchParams(members).toString();

/** JARM §2.1 recommends at most 10 minutes. */
const LIFE = minutes(10);

/** The response as one JWT, signed, and encrypted where the client registered so (JARM §2.1, §2.2). */
async function signedResponse(
  members: ResponseMembers,
  client: Client,
  needs: RespondNeeds,
): Promise<ResponseMembers> {
  const { authorizationSignedResponseAlg: alg, authorizationEncryption: encryption } = client;
  const claims = { ...members, exp: toNumericDate(needs.clock() + LIFE) };
  const jwt = { typ: 'JWT', alg, encryption, claims } as const;
  return { response: await signForClient(jwt, client, needs) };
}
