/**
 * The keys that are derived from `SERVICE_GUID_SALT`: for service GUIDs, and to seal reconnection
 * tokens and tickets. The setting may hold several salts separated by spaces, the newest first. New
 * texts are made with the newest, and all of them are read.
 *
 * @module
 */

import { type Bytes, fromBase64Url, toBase64Url, utf8 } from '../bytes.ts';
import { type Setting, setting } from '../configuration.ts';
import { importSalt } from '../hub-protocol/session-guids.ts';
import { sealText, unsealText } from './sealed-text.ts';
import type { SealingKey } from './sealing-keys.ts';

export type ConnectSalt = {
  /** Identifies the salt in stored data. It is public. */
  readonly id: string;
  /** HMAC-SHA-256, for GUIDs. */
  readonly guid: CryptoKey;
  /** AES-256-GCM, for sealed texts. */
  readonly seal: Pick<SealingKey, 'id' | 'text'>;
};

export type ConnectSalts = {
  readonly newest: ConnectSalt;
  /** All salts, including the newest. */
  readonly all: readonly ConnectSalt[];
};

const SMALLEST = 16;

/** Reads the setting. `undefined` if a salt is not base64url, or has fewer than 16 bytes. */
export function readConnectSalts(text: string): readonly Bytes[] | undefined {
  const salts = text.split(/\s+/).flatMap((word) => (word === '' ? [] : [fromBase64Url(word)]));
  const good = salts.filter((salt) => salt !== undefined && salt.length >= SMALLEST);
  return good.length > 0 && good.length === salts.length
    ? good.filter((salt) => salt !== undefined)
    : undefined;
}

export const SERVICE_GUID_SALT: Setting<readonly Bytes[]> = setting(
  `${SMALLEST} bytes or more in base64url without padding, or several such salts, space separated`,
  readConnectSalts,
);

/** @throws {TypeError} If there is no salt. */
export async function importConnectSalts(salts: readonly Bytes[]): Promise<ConnectSalts> {
  const all = await Promise.all(salts.map(importOne));
  const [newest] = all;
  if (newest === undefined) throw new TypeError('Cannot import salts: there is none');
  return { newest, all };
}

/** The salt of that id, or the newest if it is no longer configured. */
export const saltOf = ({ newest, all }: ConnectSalts, id: string | undefined): ConnectSalt =>
  all.find((salt) => salt.id === id) ?? newest;

/** @param purpose See {@link sealText}. */
export const sealForHub = (
  { newest }: ConnectSalts,
  purpose: string,
  text: string,
): Promise<string> => sealText({ current: newest.seal }, purpose, text);

/** @returns `undefined` for anything that was not sealed for this purpose under one of the salts. */
export async function unsealForHub(
  { all }: ConnectSalts,
  purpose: string,
  sealed: string,
): Promise<string | undefined> {
  for (const { seal } of all) {
    const text = await unsealText({ current: seal, previous: undefined }, purpose, sealed);
    if (text !== undefined) return text;
  }
  return undefined;
}

const HKDF_SALT = utf8('sallyport connect v1');

async function importOne(salt: Bytes): Promise<ConnectSalt> {
  const root = await crypto.subtle.importKey('raw', salt, 'HKDF', false, ['deriveBits']);
  const [guid, id, key] = await Promise.all([
    importSalt(salt),
    derive(root, 'key id', 4),
    derive(root, 'text', 32),
  ]);
  const text = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return { id: toBase64Url(id), guid, seal: { id, text } };
}

async function derive(root: CryptoKey, purpose: string, length: number): Promise<Bytes> {
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: HKDF_SALT, info: utf8(purpose) };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, root, length * 8));
}
