/**
 * Reads an instance's settings from environment variables. Pure.
 *
 * @module
 */

import { resolve } from 'node:path';
import { z } from 'zod';

type Environment = Readonly<Record<string, string | undefined>>;

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

const port = z.coerce
  .number({ error: 'must be a port' })
  .int('must be a port')
  .min(1, 'must be a port')
  .max(65_535, 'must be a port');

const environment = z.object({
  PORT: port.default(8787),
  HOST: z.string().default('127.0.0.1'),
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })
    .optional(),
  SALLYPORT_ADMIN_EMAIL: z.email().default('admin@sallyport.local'),
  SALLYPORT_ADMIN_PASSWORD: z.string().min(8, 'needs 8 characters').max(128).optional(),
  ISSUER: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).optional(),
});

/**
 * Reads the settings. An empty variable counts as not set.
 *
 * @throws {Error} With the names of the invalid variables, and without their values.
 */
export function readSettings(env: Environment): StartSettings {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(present);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new Error(`Cannot start: ${reasons.join('; ')}`);
  }
  const { data } = parsed;
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
    adminPassword: data.SALLYPORT_ADMIN_PASSWORD,
    issuer,
    development: isLoopbackUrl(issuer) ? DEVELOPMENT : {},
  };
}

/** Lets clients register themselves and run on the same machine. Only for loopback issuers. */
const DEVELOPMENT = {
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
