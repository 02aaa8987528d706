import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Clock, type Millis, seconds } from '../../../../shared/clock.ts';
import { fetchDocument, type SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { parseSafeUrl, type SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import { ClientId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { ExpiringCache } from '../../platform/cache.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from './client.ts';
import { freshSeconds, MAX_DOCUMENT_BYTES, readMetadataDocument } from './metadata-document.ts';
import { checkSector } from './pairwise-sector.ts';
import { readStoredMetadata } from './read-stored-client.ts';
import { hasDotSegment } from './registered-redirect-uri.ts';

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
  readonly #known: ExpiringCache<Client | 'none'>;

  constructor(parts: DocumentParts) {
    this.#parts = parts;
    this.#known = new ExpiringCache(parts.clock, MAX_ENTRIES);
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

/** A valid document, shared by the isolates of a deployment. */
type CachedDocument = {
  /** In the wire's names, defaults written out. */
  readonly metadata: JsonObject;
  readonly fetchedAt: Millis;
  readonly freshUntil: Millis;
};

/** For how long a document serves while its host does not answer (RFC 5861 §4). */
const STALE_SECONDS = 86_400;

const keyOf = async (clientId: string): Promise<string> =>
  `client-document:${toBase64Url(await sha256(utf8(clientId)))}`;

async function findDocument(
  store: TtlStore,
  clientId: string,
): Promise<CachedDocument | undefined> {
  const text = await store.get(await keyOf(clientId));
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!isJsonObject(value)) return undefined;
  const { metadata, fetchedAt, freshUntil } = value;
  if (!isJsonObject(metadata)) return undefined;
  return { metadata, fetchedAt: Number(fetchedAt), freshUntil: Number(freshUntil) };
}

async function saveDocument(
  store: TtlStore,
  clientId: string,
  document: CachedDocument,
): Promise<void> {
  const fresh = Math.ceil((document.freshUntil - document.fetchedAt) / 1_000);
  await store.put(await keyOf(clientId), JSON.stringify(document), fresh + STALE_SECONDS);
}

async function forgetDocument(store: TtlStore, clientId: string): Promise<void> {
  await store.delete(await keyOf(clientId));
}

/** Whether a client id claims to be the URL of a metadata document. No id that we make does. */
export const looksLikeDocumentUrl = (clientId: string): boolean => /^https?:/i.test(clientId);

/**
 * Whether a client id is a Client Identifier URL (OAuth Client ID Metadata Document §3), without the
 * query that one SHOULD NOT have.
 */
export function isDocumentUrl(clientId: string, rules: SafeUrlRules): boolean {
  if (!parseSafeUrl(clientId, rules).ok || hasDotSegment(clientId)) return false;
  // Begins in lower case and has a path: ids are compared as they are written (§3).
  return /^https?:\/\/[^/?]+\/[^?]*$/.test(clientId);
}
