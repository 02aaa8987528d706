/**
 * Reads an instance's settings from environment variables. Pure.
 *
 * @module
 */

import { resolve } from 'node:path';

import { COMMON_SETTINGS } from '../../shared/common-settings.ts';
import {
  matching,
  optional,
  readSettings,
  setting,
  wholeNumber,
  withDefault,
} from '../../shared/configuration.ts';
import { parseEmailAddress } from '../../workers/identity/accounts/account.ts';
import { DATABASE_URL } from '../../workers/identity/config.ts';
import { type Environment, mergeSettings } from '../settings/check-settings.ts';

export type StartSettings = {
  readonly port: number;
  readonly host: string;
  /** The request headers that the socket removes: see {@link untrustedHeaders}. */
  readonly removeHeaders: readonly string[];
  /** The request header that sets `request.cf`, if any: see {@link connectionHeader}. */
  readonly cfBlobHeader: string | undefined;
  /** Absolute. */
  readonly dataDir: string;
  /** A PostgreSQL to use instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  readonly adminEmail: string;
  /** `undefined` to have one generated. */
  readonly adminPassword: string | undefined;
  readonly issuer: string;
  /** The Workers' settings for a developer's machine. The environment overrides them. */
  readonly development: Readonly<Record<string, string>>;
};

const SETTINGS = {
  PORT: withDefault('8787', wholeNumber(1, 65_535)),
  HOST: withDefault('127.0.0.1', matching('an address or a name of this machine', /^[\w.:*-]+$/)),
  DATA_DIR: withDefault('.data', matching('the path of a folder', /^[^\0]+$/)),
  SALLYPORT_ADMIN_EMAIL: withDefault(
    'admin@sallyport.local',
    setting('an e-mail address', (text) =>
      parseEmailAddress(text) === undefined ? undefined : text,
    ),
  ),
  SALLYPORT_ADMIN_PASSWORD: optional(
    setting('8 to 128 characters', (text) =>
      text.length >= 8 && text.length <= 128 ? text : undefined,
    ),
  ),
  ISSUER: optional(COMMON_SETTINGS.ISSUER),
  DATABASE_URL: optional(DATABASE_URL),
};

/** The settings that no Worker has. */
export const OWN_NAMES: readonly string[] = Object.keys(SETTINGS);

/**
 * Reads the settings. An empty variable counts as not set.
 *
 * @throws {ConfigurationError} With everything that is wrong.
 */
export function readStartSettings(env: Environment): StartSettings {
  const data = readSettings(SETTINGS, mergeSettings(env));
  const issuer = data.ISSUER ?? `http://127.0.0.1:${data.PORT}`;
  const cfBlobHeader = connectionHeader(data.HOST, issuer);
  return {
    port: data.PORT,
    host: data.HOST,
    removeHeaders: untrustedHeaders(data.HOST, cfBlobHeader),
    cfBlobHeader,
    dataDir: resolve(data.DATA_DIR),
    databaseUrl: data.DATABASE_URL,
    adminEmail: data.SALLYPORT_ADMIN_EMAIL,
    // With the white space around it, which belongs to a password.
    adminPassword: data.SALLYPORT_ADMIN_PASSWORD && env['SALLYPORT_ADMIN_PASSWORD'],
    issuer,
    development: isLoopbackUrl(issuer) ? DEVELOPMENT : {},
  };
}

/** Lets clients register themselves and run on the same machine. Only for loopback issuers. */
export const DEVELOPMENT = {
  REGISTRATION_MODE: 'open',
  RESOURCE_MODE: 'any',
  OUTBOUND_LOOPBACK: 'on',
} as const;

const isLoopbackUrl = (url: string): boolean => LOOPBACK.test(new URL(url).hostname);

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)$/;

/**
 * Cloudflare sets `cf-connecting-ip`. Where others can reach the socket, a client must not set it. On
 * loopback the developer is the only client, and may send it to test with several networks.
 */
function untrustedHeaders(host: string, cfBlobHeader: string | undefined): readonly string[] {
  return [
    ...(LOOPBACK.test(host) ? [] : ['cf-connecting-ip']),
    ...(cfBlobHeader === undefined ? [CF_BLOB_HEADER] : []),
  ];
}

/** The name that Cloudflare's local tools use. */
const CF_BLOB_HEADER = 'mf-cf-blob';

/**
 * A client that sets `request.cf` can present any TLS certificate without its key. Only a developer may
 * do so, which means that the instance listens on loopback and its issuer is a loopback address. An
 * instance behind a proxy has another issuer, and the proxy would pass the header on.
 */
function connectionHeader(host: string, issuer: string): string | undefined {
  return LOOPBACK.test(host) && isLoopbackUrl(issuer) ? CF_BLOB_HEADER : undefined;
}
