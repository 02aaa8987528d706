import { LOOPBACK_HOSTS } from '../../../../shared/http/loopback.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from '../clients/client.ts';
import type { FindResourceNeeds } from './resource-store.ts';

export type CheckResourcesNeeds = FindResourceNeeds & {
  readonly config: {
    readonly audience: string;
    readonly oauth: { readonly resources: 'registered' | 'any' };
  };
};

/**
 * Checks the resource indicators of a request (RFC 8707 §2). Every client may ask for the deployment's own
 * audience.
 *
 * @returns Each once.
 * @throws {OAuthError} `invalid_target`
 */
export async function checkResources(
  client: Client,
  requested: readonly string[],
  needs: CheckResourcesNeeds,
): Promise<readonly string[]> {
  const resources = [...new Set(requested)];
  const verdicts = await Promise.all(
    resources.map((resource) => isAllowed(client, resource, needs)),
  );
  if (verdicts.includes(false)) {
    throw new OAuthError('invalid_target', 'A resource is unknown, or not for this client');
  }
  return resources;
}

async function isAllowed(
  client: Client,
  resource: string,
  { config, cachedResources }: CheckResourcesNeeds,
): Promise<boolean> {
  if (resource === config.audience) return true;
  if (client.resources?.includes(resource) === false || resource.length > LONGEST) return false;
  if (config.oauth.resources === 'any' && isOnTheWeb(resource)) return true;
  return (await cachedResources.find(resource)) !== undefined;
}

/** Characters. A longer one cannot be registered. */
const LONGEST = 2_000;

/** An absolute URL without a fragment and without characters that URL parsers drop or replace. */
const PLAIN = /^https?:\/\/[\x21\x24-\x5b\x5d-\x7e]+$/i;
/** Whether it is the URL of an https server or of this machine (RFC 8707 §2). */
function isOnTheWeb(resource: string): boolean {
  const url = PLAIN.test(resource) ? URL.parse(resource) : null;
  if (url === null || url.username !== '' || url.password !== '') return false;
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname))
  );
}

/**
 * Whether a token was issued to a client, or names it as its resource server. A client is the resource
 * server of the resources that an administrator listed for it, and of its id.
 */
export function isIssuedToOrFor(
  client: Pick<Client, 'clientId' | 'resources'>,
  token: { readonly clientId: string; readonly audiences: readonly string[] },
): boolean {
  const names: readonly string[] = [client.clientId, ...(client.resources ?? [])];
  return token.clientId === client.clientId || token.audiences.some((one) => names.includes(one));
}
