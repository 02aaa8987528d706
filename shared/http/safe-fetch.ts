import { type Bytes, concatBytes } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { parseSafeUrl, type UnsafeUrl } from './safe-url.ts';

export type SafeRequest = {
  /** `GET` where absent. */
  readonly method?: string;
  readonly accept: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Bytes;
  /** The longest answer that is read. A longer one is a failure. */
  readonly maxBytes: number;
  /** Milliseconds until the whole answer must have arrived. The default is 5,000. */
  readonly timeout?: number;
  /** Ends the request, instead of the timeout. */
  readonly signal?: AbortSignal;
};

export type SafeResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Bytes;
};

/** What is wrong with a URL, as a predicate whose subject is the URL's name. */
type NotFetched = UnsafeUrl | 'must not lead to this server';

export type FetchFault =
  | { readonly reason: 'unsafe_url'; readonly detail: NotFetched }
  | { readonly reason: 'redirect' | 'too_large' | 'unreachable' };

/**
 * Requests a URL that a stranger named. It follows no redirect, sends no cookie, and reads at most
 * `maxBytes`. A response of any status is a success.
 */
export type SafeFetch = (
  url: string,
  request: SafeRequest,
) => Promise<Result<SafeResponse, FetchFault>>;

/** Which URLs may be requested. */
export type SafeUrlPolicy = {
  /** Whether addresses of this machine are allowed, for development. */
  readonly allowLoopback: boolean;
  /** The issuer is never requested, because the request would come from the inside. */
  readonly issuer: string;
};

export type SafeFetchRules = SafeUrlPolicy & {
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
      // The caller treats failures of DNS, connection, TLS and time alike.
      return err({ reason: 'unreachable' });
    } finally {
      // A timer that is not cleared would keep an object from hibernating.
      clearTimeout(timer);
    }
  };

/** @returns The URL, if it may be requested. */
export function judgeUrl(
  text: string,
  { allowLoopback, issuer }: SafeUrlPolicy,
): Result<URL, NotFetched> {
  const parsed = parseSafeUrl(text, { allowLoopback });
  if (!parsed.ok) return parsed;
  const isOurs = !allowLoopback && hostOf(parsed.value) === hostOf(new URL(issuer));
  return isOurs ? err('must not lead to this server') : parsed;
}

/** A host name with a dot at its end is the same name. */
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

/**
 * @returns `undefined` if the answer is longer. Its `Content-Length` may be wrong, so the bytes are
 *   counted.
 */
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

/**
 * Fetches a JSON document. Only status 200 is a success. Does NOT check its content type or parse
 * it.
 */
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
