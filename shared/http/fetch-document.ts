import { err, ok, type Result } from '../result.ts';
import type { FetchFault, SafeFetch, SafeResponse } from './safe-fetch.ts';

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
