import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';

/** A valid document, shared by the isolates of a deployment. */
export type CachedDocument = {
  /** In the wire's names, defaults written out. */
  readonly metadata: JsonObject;
  readonly fetchedAt: Millis;
  readonly freshUntil: Millis;
};

/** For how long a document serves while its host does not answer (RFC 5861 §4). */
const KEPT_SECONDS = 86_400;

const keyOf = async (clientId: string): Promise<string> =>
  `client-document:${toBase64Url(await sha256(utf8(clientId)))}`;

export async function findDocument(
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

export async function saveDocument(
  store: TtlStore,
  clientId: string,
  document: CachedDocument,
): Promise<void> {
  const fresh = Math.ceil((document.freshUntil - document.fetchedAt) / 1_000);
  await store.put(await keyOf(clientId), JSON.stringify(document), fresh + KEPT_SECONDS);
}

export async function forgetDocument(store: TtlStore, clientId: string): Promise<void> {
  await store.delete(await keyOf(clientId));
}
