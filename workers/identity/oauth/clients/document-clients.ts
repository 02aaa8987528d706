import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { LookupCache } from '../../../../shared/cache/lookup-cache.ts';
import { type Clock, type Millis, seconds } from '../../../../shared/clock.ts';
import { fetchDocument, type SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { parseSafeUrl, type SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import { ClientId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from './client.ts';
import { freshSeconds, MAX_DOCUMENT_BYTES, readMetadataDocument } from './metadata-document.ts';
import { checkSector } from './pairwise-sector.ts';
import { readStoredMetadata } from './read-stored-client.ts';
import { hasDotSegment } from './registered-redirect-uri.ts';

export type DocumentClientsNeeds = {
  readonly allowLoopback: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetchSafely: SafeFetch;
  readonly ttlStore: () => TtlStore;
  /** Whether a service behind the hub has an audience. Asks `connect`. */
  readonly isServiceAudience: (audience: string) => Promise<boolean>;
};

/** For how long a document that could not be fetched, or was refused, is not fetched again. */
const RETRY_AFTER = seconds(60);
const CACHE = { entries: 1_000, freshFor: RETRY_AFTER } as const;

/** Why there is no client. `unreachable` may be over at the next attempt, `refused` is not. */
type NoDocument = 'unreachable' | 'refused';

/**
 * Clients whose id is the URL of their metadata document. A valid document is cached in the isolate
 * and in the deployment's TTL store. That there is none is cached in the isolate only, so that ids that
 * somebody made up store nothing.
 */
export class DocumentClients {
  readonly #needs: DocumentClientsNeeds;
  readonly #cache: LookupCache<Client | 'none'>;

  constructor(needs: DocumentClientsNeeds) {
    this.#needs = needs;
    this.#cache = new LookupCache(CACHE, needs.clock);
  }

  async find(clientId: string): Promise<Client | undefined> {
    const id = ClientId.parse(clientId);
    if (id === undefined || !isDocumentUrl(clientId, this.#needs)) return undefined;
    const cached = this.#cache.fresh(id);
    if (cached !== undefined) return cached === 'none' ? undefined : cached;
    const stored = await this.#useStore('read', (store) => readDocument(store, id));
    const now = this.#needs.clock();
    if (stored !== undefined && stored.freshUntil > now) {
      return this.#keep(id, stored, stored.freshUntil - now);
    }
    return this.#refetch(id, stored);
  }

  async #refetch(id: ClientId, stored: StoredDocument | undefined): Promise<Client | undefined> {
    const fetched = await this.#judge(id, await this.#fetch(id));
    if (fetched.ok) {
      await this.#useStore('write', (store) => writeDocument(store, id, fetched.value));
      return this.#keep(id, fetched.value, fetched.value.freshUntil - fetched.value.fetchedAt);
    }
    if (stored !== undefined && fetched.error === 'unreachable') {
      return this.#keep(id, stored, RETRY_AFTER);
    }
    if (stored !== undefined) await this.#useStore('write', (store) => deleteDocument(store, id));
    this.#cache.put(id, 'none', RETRY_AFTER);
    return undefined;
  }

  /** Refuses a client whose id is the audience of a service: tokens for the one would pass for the other's. */
  async #judge(id: ClientId, fetched: Fetched): Promise<Fetched> {
    if (!fetched.ok) return fetched;
    const { isServiceAudience, log } = this.#needs;
    try {
      if (!(await isServiceAudience(id))) return fetched;
      const reason = 'it is the audience of a service';
      log({ event: 'client_document.refused', level: 'info', clientId: id, reason });
      return err('refused');
    } catch (error) {
      log({ event: 'client_document.audience_unknown', level: 'warn', cause: String(error) });
      return err('unreachable');
    }
  }

  /** Reads the client that a document describes, and caches it in the isolate. */
  #keep(id: ClientId, { metadata, fetchedAt }: StoredDocument, freshFor: number): Client {
    const client = readStoredMetadata(metadata, {
      clientId: id,
      source: 'metadata_document',
      profile: 'none',
      skipConsent: false,
      resources: null,
      secrets: [],
      createdAt: fetchedAt,
    });
    this.#cache.put(id, client, freshFor);
    return client;
  }

  async #fetch(id: ClientId): Promise<Fetched> {
    const { fetchSafely, clock, log } = this.#needs;
    const answer = await fetchDocument(fetchSafely, id, MAX_DOCUMENT_BYTES);
    if (!answer.ok) {
      const { reason } = answer.error;
      log({ event: 'client_document.refused', level: 'info', clientId: id, reason });
      return err(reason === 'unreachable' ? 'unreachable' : 'refused');
    }
    const { headers, body } = answer.value;
    try {
      const metadata = readMetadataDocument(id, headers.get('content-type'), body, this.#needs);
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

  /**
   * The store only saves requests to the documents' hosts. Where it does not answer, the failure is
   * logged and the host is asked.
   */
  async #useStore<T>(what: string, use: (store: TtlStore) => Promise<T>): Promise<T | undefined> {
    try {
      return await use(this.#needs.ttlStore());
    } catch (error) {
      this.#needs.log({
        event: `client_document.cache_${what}_failed`,
        level: 'warn',
        cause: String(error),
      });
      return undefined;
    }
  }
}

/** A valid document as it is in the TTL store, which the isolates of a deployment share. */
type StoredDocument = {
  /** In the names of RFC 7591 §2, with every default written out. */
  readonly metadata: JsonObject;
  readonly fetchedAt: Millis;
  readonly freshUntil: Millis;
};

type Fetched = Result<StoredDocument, NoDocument>;

/** For how long a document serves while its host does not answer (RFC 5861 §4). */
const STALE_SECONDS = 86_400;

const keyOf = async (clientId: string): Promise<string> =>
  `client-document:${toBase64Url(await sha256(utf8(clientId)))}`;

async function readDocument(
  store: TtlStore,
  clientId: string,
): Promise<StoredDocument | undefined> {
  const text = await store.get(await keyOf(clientId));
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!isJsonObject(value)) return undefined;
  const { metadata, fetchedAt, freshUntil } = value;
  if (!isJsonObject(metadata)) return undefined;
  return { metadata, fetchedAt: Number(fetchedAt), freshUntil: Number(freshUntil) };
}

async function writeDocument(
  store: TtlStore,
  clientId: string,
  document: StoredDocument,
): Promise<void> {
  const fresh = Math.ceil((document.freshUntil - document.fetchedAt) / 1_000);
  await store.put(await keyOf(clientId), JSON.stringify(document), fresh + STALE_SECONDS);
}

async function deleteDocument(store: TtlStore, clientId: string): Promise<void> {
  await store.delete(await keyOf(clientId));
}

/** Whether a client id claims to be the URL of a metadata document. No id that we assign does. */
export const looksLikeDocumentUrl = (clientId: string): boolean => /^https?:/i.test(clientId);

/**
 * Whether a client id is a Client Identifier URL (OAuth Client ID Metadata Document §3), without the
 * query that one SHOULD NOT have.
 */
export function isDocumentUrl(clientId: string, rules: SafeUrlRules): boolean {
  if (!parseSafeUrl(clientId, rules).ok || hasDotSegment(clientId)) return false;
  // Ids are compared as they are written (§3), so only a lower-case scheme with a path will do.
  return /^https?:\/\/[^/?]+\/[^?]*$/.test(clientId);
}
