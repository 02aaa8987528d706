import type * as z from 'zod';
import { fromUtf8 } from '../../../../shared/bytes.ts';
import type { SafeFetch, SafeRequest, SafeResponse } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { SocialFault } from '../fault.ts';

const MAX_BYTES = 256 * 1_024;

type ProviderRequest = Omit<SafeRequest, 'accept' | 'maxBytes'> & { readonly accept?: string };

/** Sends a request to a provider. Statuses that say that the provider fails are faults. */
export async function sendToProvider(
  fetchSafely: SafeFetch,
  url: string,
  { accept = 'application/json', ...request }: ProviderRequest = {},
): Promise<Result<SafeResponse, SocialFault>> {
  const answer = await fetchSafely(url, { ...request, accept, maxBytes: MAX_BYTES });
  if (!answer.ok) return unavailable(url, answer.error.reason);
  const { status } = answer.value;
  return status >= 500 || status === 429 ? unavailable(url, `status ${status}`) : answer;
}

/** Reads a JSON document of a provider, with the user's access token where one is given. */
export async function readFromProvider(
  fetchSafely: SafeFetch,
  url: string,
  accessToken?: string,
): Promise<Result<unknown, SocialFault>> {
  const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  const answer = await sendToProvider(fetchSafely, url, { headers });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status !== 200) return err({ reason: 'provider_refused', detail: at(url, `${status}`) });
  const value = parseJson(body);
  return value === undefined ? unavailable(url, 'no JSON') : ok(value);
}

/** @returns `undefined` for what is no JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body));
  } catch {
    return undefined;
  }
}

const unavailable = (url: string, detail: string): Result<never, SocialFault> =>
  err({ reason: 'provider_unavailable', detail: at(url, detail) });

/** Without the query, which may hold what must not be logged. */
const at = (url: string, detail: string): string => `${detail} at ${url.replace(/\?.*$/, '')}`;

/** Reads an answer that should have the shape that the provider's documentation promises. */
export function readAs<S extends z.ZodType>(
  shape: S,
  answer: Result<unknown, SocialFault>,
): Result<z.output<S>, SocialFault> {
  if (!answer.ok) return answer;
  const parsed = shape.safeParse(answer.value);
  if (parsed.success) return ok(parsed.data);
  const where = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  return err({ reason: 'provider_unavailable', detail: `another shape at: ${where}` });
}
