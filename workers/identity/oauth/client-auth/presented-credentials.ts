import { fromBase64Url, fromUtf8 } from '../../../../shared/bytes.ts';
import { parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { ClientAuthMethod } from '../clients/client.ts';

/** What a request says of its client. Nothing of it is proved yet. */
export type PresentedCredentials =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: 'private_key_jwt'; readonly clientId: string; readonly assertion: string }
  /** Only a name. A TLS certificate may prove it. */
  | { readonly method: 'none'; readonly clientId: string };

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Reads the client's credentials.
 *
 * @throws {OAuthError} `invalid_request` if there are two (RFC 6749 §2.3) or they contradict each
 *   other, `invalid_client` if there are none or they are malformed.
 */
export function presentedCredentials(
  headers: Headers,
  parameters: Parameters,
): PresentedCredentials {
  const found = [fromHeader(headers), fromSecret(parameters), fromAssertion(parameters)];
  const [credentials, ...others] = found.filter((one) => one !== undefined);
  if (others.length > 0) {
    throw new OAuthError('invalid_request', 'The client authenticates in more than one way');
  }
  if (credentials === undefined) return { method: 'none', clientId: nameIn(parameters) };
  const named = parameters.get('client_id');
  if (named !== undefined && named !== credentials.clientId) {
    throw new OAuthError('invalid_request', 'client_id is not the client that authenticates');
  }
  return credentials;
}

/** No scheme but Basic authenticates a client. */
function fromHeader(headers: Headers): PresentedCredentials | undefined {
  const authorization = headers.get('authorization') ?? '';
  if (!isBasic(authorization)) return undefined;
  const basic = readBasic(authorization);
  if (basic === undefined) throw invalidClient('client_secret_basic');
  return { method: 'client_secret_basic', ...basic };
}

function fromSecret(parameters: Parameters): PresentedCredentials | undefined {
  const secret = parameters.get('client_secret');
  if (secret === undefined) return undefined;
  return { method: 'client_secret_post', clientId: nameIn(parameters), secret };
}

/** RFC 7521 §4.2. */
function fromAssertion(parameters: Parameters): PresentedCredentials | undefined {
  const type = parameters.get('client_assertion_type');
  const assertion = parameters.get('client_assertion');
  if (type === undefined && assertion === undefined) return undefined;
  const clientId = subjectOf(assertion ?? '');
  if (type !== ASSERTION_TYPE || assertion === undefined || clientId === undefined) {
    throw invalidClient('private_key_jwt');
  }
  return { method: 'private_key_jwt', clientId, assertion };
}

/** Finds the client's name only. Whether the client signed this is judged with its keys. */
function subjectOf(assertion: string): string | undefined {
  const payload = fromBase64Url(assertion.split('.')[1] ?? '');
  const subject = payload === undefined ? undefined : parseStrictObject(payload)?.['sub'];
  return typeof subject === 'string' ? subject : undefined;
}

function nameIn(parameters: Parameters): string {
  const clientId = parameters.get('client_id');
  if (clientId === undefined) throw invalidClient('none');
  return clientId;
}

export type BasicCredentials = { readonly clientId: string; readonly secret: string };

const BASIC = /^basic(?: |$)/i;
const SHAPE = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

const isBasic = (authorization: string): boolean => BASIC.test(authorization);

/**
 * Reads HTTP Basic credentials, whose two parts are form-urlencoded (RFC 6749 §2.3.1).
 *
 * @returns `undefined` where any of it is malformed.
 */
function readBasic(authorization: string): BasicCredentials | undefined {
  const [, base64 = ''] = SHAPE.exec(authorization) ?? [];
  const text = decodeBase64(base64);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon === -1) return undefined;
  const clientId = decodePart(text.slice(0, colon));
  const secret = decodePart(text.slice(colon + 1));
  return clientId === undefined || secret === undefined ? undefined : { clientId, secret };
}

/** Padding and spare bits must be as RFC 4648 §4 says. */
function decodeBase64(text: string): string | undefined {
  try {
    return fromUtf8(Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' }));
  } catch {
    return undefined;
  }
}

function decodePart(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

const CHALLENGE = { 'www-authenticate': 'Basic realm="sallyport"' };

/**
 * The one answer to a client that is unknown, or is not who it says it is (RFC 6749 §5.2).
 *
 * @param tried - How it authenticated.
 * @param fault - What is wrong with an assertion that the client itself has signed.
 */
export const invalidClient = (tried: ClientAuthMethod, fault?: string): OAuthError =>
  new OAuthError(
    'invalid_client',
    fault === undefined
      ? 'Client authentication failed'
      : `Client authentication failed, the assertion is refused: ${fault}`,
    tried === 'client_secret_basic' ? { headers: CHALLENGE } : {},
  );
