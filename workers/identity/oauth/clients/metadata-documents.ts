import { type Clock, seconds } from '../../../../shared/clock.ts';
import { fetchDocument, type SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { ClientId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { RememberedEntries } from '../../remembered-entries.ts';
import { OAuthError } from '../oauth-error.ts';
import { checkSector } from './check-sector.ts';
import type { Client } from './client.ts';
import {
  type CachedDocument,
  findDocument,
  forgetDocument,
  saveDocument,
} from './document-cache.ts';
import { isDocumentUrl } from './document-url.ts';
import { freshSeconds, MAX_DOCUMENT_BYTES, readMetadataDocument } from './metadata-document.ts';
import { readStoredMetadata } from './read-stored-client.ts';

export type DocumentParts = {
  readonly allowLoopback: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetchSafely: SafeFetch;
  readonly ttlStore: () => TtlStore;
};

/** After a failure a host is left alone this long, whoever names it how often. */
const FAILED = seconds(60);
const MAX_ENTRIES = 1_000;

/** Why there is no client. `unreachable` may pass. */
type NoDocument = 'unreachable' | 'refused';

/**
 * Clients whose id is the URL of their metadata document. A valid document is remembered in this
 * isolate and for the deployment; that there is none, in this isolate only: a made-up id stores
 * nothing.
 */
export class MetadataDocuments {
  readonly #parts: DocumentParts;
  readonly #known: RememberedEntries<Client | 'none'>;

  constructor(parts: DocumentParts) {
    this.#parts = parts;
    this.#known = new RememberedEntries(parts.clock, MAX_ENTRIES);
  }

  async find(clientId: string): Promise<Client | undefined> {
    const id = ClientId.parse(clientId);
    if (id === undefined || !isDocumentUrl(clientId, this.#parts)) return undefined;
    const known = this.#known.fresh(id);
    if (known !== undefined) return known === 'none' ? undefined : known;
    const cached = await this.#cached(id);
    const now = this.#parts.clock();
    if (cached !== undefined && cached.freshUntil > now) {
      return this.#remember(id, cached, cached.freshUntil - now);
    }
    return this.#refetch(id, cached);
  }

  async #refetch(id: ClientId, cached: CachedDocument | undefined): Promise<Client | undefined> {
    const fetched = await this.#fetch(id);
    if (fetched.ok) {
      await this.#store('write', (store) => saveDocument(store, id, fetched.value));
      return this.#remember(id, fetched.value, fetched.value.freshUntil - fetched.value.fetchedAt);
    }
    if (cached !== undefined && fetched.error === 'unreachable') {
      return this.#remember(id, cached, FAILED);
    }
    if (cached !== undefined) await this.#store('write', (store) => forgetDocument(store, id));
    this.#known.put(id, 'none', FAILED);
    return undefined;
  }

  #remember(id: ClientId, { metadata, fetchedAt }: CachedDocument, freshFor: number): Client {
    const client = readStoredMetadata(metadata, {
      clientId: id,
      source: 'metadata_document',
      profile: 'none',
      skipConsent: false,
      resources: null,
      secrets: [],
      createdAt: fetchedAt,
    });
    this.#known.put(id, client, freshFor);
    return client;
  }

  async #fetch(id: ClientId): Promise<Result<CachedDocument, NoDocument>> {
    const { fetchSafely, clock, log } = this.#parts;
    const answer = await fetchDocument(fetchSafely, id, MAX_DOCUMENT_BYTES);
    if (!answer.ok) {
      const { reason } = answer.error;
      log({ event: 'client_document.refused', level: 'info', clientId: id, reason });
      return err(reason === 'unreachable' ? 'unreachable' : 'refused');
    }
    const { headers, body } = answer.value;
    try {
      const metadata = readMetadataDocument(id, headers.get('content-type'), body, this.#parts);
      await checkSector(metadata, fetchSafely);
      const fresh = seconds(freshSeconds(headers.get('cache-control')));
      return ok({ metadata, fetchedAt: clock(), freshUntil: clock() + fresh });
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const reason = error.options.description;
      log({ event: 'client_document.refused', level: 'info', clientId: id, reason });
      return err('refused');
    }
  }

  async #cached(id: ClientId): Promise<CachedDocument | undefined> {
    return this.#store('read', (store) => findDocument(store, id));
  }

  /** It saves a request to the document's host. Where it does not answer, we ask that host. */
  async #store<T>(what: string, use: (store: TtlStore) => Promise<T>): Promise<T | undefined> {
    try {
      return await use(this.#parts.ttlStore());
    } catch (error) {
      this.#parts.log({
        event: `client_document.cache_${what}_failed`,
        level: 'warn',
        cause: String(error),
      });
      return undefined;
    }
  }
}
