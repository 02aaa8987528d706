import { type Bytes, concatBytes } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { parseSafeUrl, type UnsafeUrl } from './safe-url.ts';

export type SafeRequest = {
  /** `GET` where absent. */
  readonly method?: string;
  readonly accept: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Bytes;
  /** How much of an answer is read. A longer one is a failure. */
  readonly maxBytes: number;
  /** Milliseconds, until the whole answer is there. 5,000 where absent. */
  readonly timeout?: number;
  /** Ends the request, in the place of the timeout. */
  readonly signal?: AbortSignal;
};

export type SafeResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Bytes;
};

/** What is wrong with a URL, to be read after its name. */
type NotAsked = UnsafeUrl | 'must not lead to this server';

export type FetchFault =
  | { readonly reason: 'unsafe_url'; readonly detail: NotAsked }
  | { readonly reason: 'redirect' | 'too_large' | 'unreachable' };

/**
 * Asks a URL that a stranger named. Follows no redirect, sends no cookie, reads no more than it was
 * told to. An answer of any status is an answer.
 */
export type SafeFetch = (
  url: string,
  request: SafeRequest,
) => Promise<Result<SafeResponse, FetchFault>>;

/** Which URLs are asked. */
export type SafeUrlPolicy = {
  /** Addresses of this machine, too: for development. */
  readonly allowLoopback: boolean;
  /** Never asked: a request to ourselves would come from the inside. */
  readonly issuer: string;
};

export type SafeFetchRules = SafeUrlPolicy & {
  /** The runtime's. */
  readonly fetch: typeof fetch;
};

const TIMEOUT = 5_000;
const USER_AGENT = 'Sallyport';

export const safeFetch =
  (rules: SafeFetchRules): SafeFetch =>
  async (text, request) => {
    const url = judgeUrl(text, rules);
    if (!url.ok) return err({ reason: 'unsafe_url', detail: url.error });
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), request.timeout ?? TIMEOUT);
    try {
      return await send(url.value, request, rules, request.signal ?? aborter.signal);
    } catch {
      // Resolving, connecting, TLS, time: the caller acts on all of them alike.
      return err({ reason: 'unreachable' });
    } finally {
      // A timer that is left behind would keep an object from hibernating.
      clearTimeout(timer);
    }
  };

/** @returns The URL, if it is one to be asked. */
export function judgeUrl(
  text: string,
  { allowLoopback, issuer }: SafeUrlPolicy,
): Result<URL, NotAsked> {
  const parsed = parseSafeUrl(text, { allowLoopback });
  if (!parsed.ok) return parsed;
  const isOurs = !allowLoopback && hostOf(parsed.value) === hostOf(new URL(issuer));
  return isOurs ? err('must not lead to this server') : parsed;
}

/** A name with the root's dot is the same name. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/\.$/, '');

async function send(
  url: URL,
  { method = 'GET', accept, headers, body, maxBytes }: SafeRequest,
  { fetch }: SafeFetchRules,
  signal: AbortSignal,
): Promise<Result<SafeResponse, FetchFault>> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, accept, 'user-agent': USER_AGENT },
    redirect: 'manual',
    signal,
    ...(body === undefined ? {} : { body }),
  });
  if (isRedirect(response)) {
    await response.body?.cancel();
    return err({ reason: 'redirect' });
  }
  const read = await readAtMost(response, maxBytes);
  if (read === undefined) return err({ reason: 'too_large' });
  return ok({ status: response.status, headers: response.headers, body: read });
}

const isRedirect = ({ status }: Response): boolean =>
  status >= 300 && status < 400 && status !== 304;

/** @returns `undefined`: there was more. What was announced is not believed. */
async function readAtMost(response: Response, maxBytes: number): Promise<Bytes | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) return concatBytes(...parts);
    length += value.length;
    if (length > maxBytes) {
      await reader?.cancel();
      return undefined;
    }
    parts.push(value);
  }
}

export type DocumentFault = FetchFault | { readonly reason: 'absent' };

export type FetchedDocument = Pick<SafeResponse, 'headers' | 'body'>;

/** Fetches a JSON document: what is answered with 200. Does NOT look at its content type or parse it. */
export async function fetchDocument(
  fetchSafely: SafeFetch,
  url: string,
  maxBytes: number,
): Promise<Result<FetchedDocument, DocumentFault>> {
  const answer = await fetchSafely(url, { accept: 'application/json', maxBytes });
  if (!answer.ok) return answer;
  const { status, headers, body } = answer.value;
  if (status === 200) return ok({ headers, body });
  const isPassing = status >= 500 || status === 429;
  return err({ reason: isPassing ? 'unreachable' : 'absent' });
}
