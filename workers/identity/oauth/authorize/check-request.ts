import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import type { ReturnAddress } from '../respond/response.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { type Draft, type Endpoint, newDraft, toRequest } from './draft.ts';
import { STAGES } from './stages.ts';

export type Refusal = {
  readonly error: OAuthError;
  /** `null`: nothing may be sent anywhere; the user sees the error. */
  readonly returnTo: ReturnAddress | null;
};

/**
 * Checks an authorization request at one endpoint.
 *
 * @param client - Known and active; at the PAR endpoint, authenticated.
 */
export async function checkRequest(
  endpoint: Endpoint,
  client: Client,
  parameters: Parameters,
  services: Services,
): Promise<Result<AuthorizationRequest, Refusal>> {
  let draft = newDraft(client, parameters);
  for (const { stage, ...at } of STAGES) {
    if (!at[endpoint]) continue;
    try {
      draft = { ...draft, ...(await stage(draft, services)) };
    } catch (error) {
      if (error instanceof OAuthError) return err({ error, returnTo: returnAddress(draft) });
      throw error;
    }
  }
  return ok(toRequest(draft));
}

function returnAddress(draft: Draft): ReturnAddress | null {
  const { canAnswer, clientId, redirectUri, responseMode, state } = draft;
  return canAnswer ? { clientId, redirectUri, responseMode, state } : null;
}
