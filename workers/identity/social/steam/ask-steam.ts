import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import { parseJson, sendToProvider } from '../ask-provider.ts';
import type { SteamProvider } from '../providers/provider.ts';
import type { SocialFault } from '../social-fault.ts';

/** Asks Steam's web API. The key goes in a header: URLs are logged. */
export async function askSteam(
  { apiKey }: SteamProvider,
  endpoint: string,
  query: Readonly<Record<string, string>>,
  { fetchSafely }: Pick<Services, 'fetchSafely'>,
): Promise<Result<unknown, SocialFault>> {
  const url = `${endpoint}?${new URLSearchParams(query).toString()}`;
  const headers = { 'x-webapi-key': apiKey ?? '' };
  const answer = await sendToProvider(fetchSafely, url, { headers });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status !== 200) {
    return err({ reason: 'provider_refused', detail: `${endpoint}: status ${status}` });
  }
  return ok(parseJson(body));
}
