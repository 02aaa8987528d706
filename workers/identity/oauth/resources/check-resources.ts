import { LOOPBACK_HOSTS } from '../../../../shared/http/loopback.ts';
import { isSameResource } from '../../../../shared/http/resource-key.ts';
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
 * @returns Each once, in the spelling of whoever registered it.
 * @throws {OAuthError} `invalid_target`
 */
export async function checkResources(
  client: Client,
  requested: readonly string[],
  needs: CheckResourcesNeeds,
): Promise<readonly string[]> {
  const resources = await Promise.all(
    [...new Set(requested)].map((resource) => allowedResource(client, resource, needs)),
  );
  return [...new Set(resources)];
}

async function allowedResource(
  client: Client,
  resource: string,
  { config, cachedResources }: CheckResourcesNeeds,
): Promise<string> {
  if (resource.length > LONGEST) throw refusal();
  if (isSameResource(resource, config.audience)) return config.audience;
  const listed = client.resources?.find((one) => isSameResource(one, resource)) ?? resource;
  if (client.resources?.includes(listed) === false) throw refusal();
  const registered = await cachedResources.find(listed);
  if (registered !== undefined) return registered.resource;
  if (config.oauth.resources === 'any' && isOnTheWeb(listed)) return listed;
  throw refusal();
}

const refusal = (): OAuthError =>
  new OAuthError('invalid_target', 'A resource is unknown, or not for this client');

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
  const isNamed = (audience: string) => names.some((name) => isSameResource(name, audience));
  return token.clientId === client.clientId || token.audiences.some(isNamed);
}
