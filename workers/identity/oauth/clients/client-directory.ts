import type { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Client } from './client.ts';

/** Finds clients: registered ones, and those whose id is the URL of their metadata document. */
export interface ClientDirectory {
  /**
   * @returns `undefined`: there is no such client, or it is disabled.
   * @throws {Problem} `SERVICE_UNAVAILABLE` if that cannot be found out.
   */
  find(clientId: string): Promise<Client | undefined>;
  /**
   * The client's public keys, by value or from its `jwks_uri`.
   *
   * @param refresh - Fetch again: a signature named a `kid` that the cached keys lack. Has a
   *   cool-down.
   * @throws {OAuthError} `invalid_client` if they cannot be fetched or are no key set.
   */
  keysOf(client: Client, refresh?: boolean): Promise<readonly JsonObject[]>;
  /** For whoever changed a registered client: this isolate reads it anew. Others do within 15 s. */
  forget(clientId: ClientId): void;
}
