import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { Client } from '../../oauth/clients/client.ts';
import type { Viewer } from '../viewer.ts';

/**
 * What a page shows of a request to this viewer, in short: comes back with the answer. Somebody else
 * may have signed in meanwhile, or the client may have changed what it is called.
 *
 * @param id - The request's. What it asks for never changes.
 */
export async function shownDigest(
  id: string,
  { clientId, name, source }: Client,
  { account }: Viewer,
): Promise<string> {
  const shown = [id, account.id, clientId, name, source];
  return toBase64Url(await sha256(utf8(JSON.stringify(shown))));
}
