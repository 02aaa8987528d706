import type { Services } from '../../../context.ts';
import { allowedScopes } from '../../scopes.ts';
import type { Draft } from '../draft.ts';

/** `scope` (RFC 6749 §3.3): what the client may have, or by default has. */
export async function checkScope(
  { client, parameters, resources }: Draft,
  services: Services,
): Promise<Partial<Draft>> {
  const own = await resourceScopes(resources, services);
  return { scopes: allowedScopes(client, parameters.get('scope'), own) };
}

/** A resource server's own scopes are open to whoever may ask for tokens for it. */
async function resourceScopes(
  resources: readonly string[],
  services: Services,
): Promise<readonly string[]> {
  const known = await Promise.all(
    resources.map((resource) => services.knownResources.find(resource)),
  );
  return known.flatMap((resource) => resource?.scopes ?? []);
}
