import type { Clock } from '../../../../shared/clock.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { type CheckRequestNeeds, checkRequest, type Refusal } from './check-request.ts';
import { findPushedRequest, isPushedRequestUri } from './pushed-requests.ts';
import { isRedirectUriOf } from './redirect-uri.ts';

export type AcceptedRequest = {
  readonly client: Client;
  readonly request: AuthorizationRequest;
  /** `null`: it was not pushed. */
  readonly pushedId: string | null;
};

/** A refused request, and its client. `undefined`: there is no such client. */
export type RefusedRequest = Refusal & { readonly client: Client | undefined };

export type ReadRequestNeeds = CheckRequestNeeds & {
  readonly clock: Clock;
  readonly clients: Pick<ClientDirectory, 'find'>;
  readonly ttlStore: () => TtlStore;
};

/**
 * Reads a request that arrives at the authorization endpoint: checks it, or finds the one that was
 * checked when its client pushed it. It uses nothing up.
 *
 * @param parameters - With their faults, which are refused here.
 * @throws {OAuthError} `invalid_request` if it names no client.
 * @throws {Problem} or {TtlStoreUnavailable} If that cannot be found out now.
 */
export async function readRequest(
  parameters: Parameters,
  needs: ReadRequestNeeds,
): Promise<Result<AcceptedRequest, RefusedRequest>> {
  parameters.assertReadable('client_id');
  const client = await needs.clients.find(parameters.require('client_id'));
  if (client === undefined) {
    const error = new OAuthError('unauthorized_client', 'The client is not known here');
    return err({ error, returnTo: null, client });
  }
  const uri = parameters.get('request_uri');
  const read =
    uri !== undefined && isPushedRequestUri(uri)
      ? await readPushed(uri, client, needs)
      : await readUnpushed(client, parameters, needs);
  return read.ok ? ok({ client, ...read.value }) : err({ ...read.error, client });
}

type Read = Omit<AcceptedRequest, 'client'>;

async function readUnpushed(
  client: Client,
  parameters: Parameters,
  needs: CheckRequestNeeds,
): Promise<Result<Read, Refusal>> {
  const checked = await checkRequest('authorize', client, parameters, needs);
  return checked.ok ? ok({ request: checked.value, pushedId: null }) : checked;
}

/** The parameters beside the `request_uri` are ignored (RFC 9126 §4, RFC 9101 §6.3). */
async function readPushed(
  uri: string,
  { clientId, redirectUris }: Pick<Client, 'clientId' | 'redirectUris'>,
  { ttlStore, clock }: Pick<ReadRequestNeeds, 'ttlStore' | 'clock'>,
): Promise<Result<Read, Refusal>> {
  const found = await findPushedRequest(ttlStore(), uri, clientId, clock());
  if (found !== undefined && isRedirectUriOf(redirectUris, found.request.redirectUri)) {
    return ok(found);
  }
  const description = 'The request_uri is unknown, was used, or has expired';
  return err({ error: new OAuthError('invalid_request_uri', description), returnTo: null });
}
