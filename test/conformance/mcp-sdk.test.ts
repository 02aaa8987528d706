import { createServer, type Server } from 'node:http';

import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { agreed, issuer, newAgent, newPerson, type Person } from '../support/node/provider.ts';

const REDIRECT = 'http://127.0.0.1:33418/callback';

/** An MCP server, reduced to the metadata that name its authorization server (RFC 9728). */
let resourceServer: Server;
let serverUrl: string;

beforeAll(async () => {
  resourceServer = createServer((request, response) => {
    if (request.url?.startsWith('/.well-known/oauth-protected-resource') !== true) {
      response.writeHead(401).end();
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ resource: serverUrl, authorization_servers: [issuer()] }));
  });
  await new Promise<void>((listening) => resourceServer.listen(0, '127.0.0.1', listening));
  const address = resourceServer.address();
  if (address === null || typeof address === 'string') throw new TypeError('No port');
  serverUrl = `http://127.0.0.1:${address.port}/mcp`;
});

afterAll(() => new Promise((closed) => resourceServer.close(closed)));

/** Keeps in memory what an MCP client has to store. */
class Provider implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'An MCP client',
    redirect_uris: [REDIRECT],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  information: OAuthClientInformationMixed | undefined;
  saved: OAuthTokens | undefined;
  verifier = '';
  sentTo: URL | undefined;

  clientInformation = () => this.information;
  saveClientInformation(information: OAuthClientInformationMixed) {
    this.information = information;
  }
  tokens = () => this.saved;
  saveTokens(tokens: OAuthTokens) {
    this.saved = tokens;
  }
  redirectToAuthorization(url: URL) {
    this.sentTo = url;
  }
  saveCodeVerifier(verifier: string) {
    this.verifier = verifier;
  }
  codeVerifier = () => this.verifier;
}

async function signIn(provider: Provider, person: Person): Promise<void> {
  expect(await auth(provider, { serverUrl })).toBe('REDIRECT');
  const callback = await agreed(newAgent(), provider.sentTo ?? '', person);
  const authorizationCode = callback.searchParams.get('code') ?? '';
  expect(await auth(provider, { serverUrl, authorizationCode })).toBe('AUTHORIZED');
}

const payload = (token: string | undefined) =>
  JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;

describe('the MCP SDK’s client', () => {
  it('discovers, registers itself, signs in without naming a scope, and refreshes', async () => {
    const provider = new Provider();
    const person = await newPerson();
    await signIn(provider, person);
    expect(payload(provider.saved?.access_token)).toMatchObject({
      sub: person.accountId,
      aud: serverUrl,
    });

    const first = provider.saved;
    expect(first?.refresh_token).toBeDefined();
    expect(await auth(provider, { serverUrl })).toBe('AUTHORIZED');
    expect(provider.saved?.refresh_token).not.toBe(first?.refresh_token);
    expect(payload(provider.saved?.access_token)).toMatchObject({ aud: serverUrl });
  });

  it('signs a user in at two installations, which do not sign each other out', async () => {
    const [one, two] = [new Provider(), new Provider()];
    const person = await newPerson();
    await signIn(one, person);
    two.information = one.information;
    await signIn(two, person);
    expect(await auth(one, { serverUrl })).toBe('AUTHORIZED');
    expect(await auth(two, { serverUrl })).toBe('AUTHORIZED');
  });

  it('is identified by the URL of its metadata document, without registration', async () => {
    const document = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...new Provider().clientMetadata, client_id: url }));
    });
    await new Promise<void>((listening) => document.listen(0, '127.0.0.1', listening));
    const address = document.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const url = `http://127.0.0.1:${port}/client.json`;
    try {
      const provider = new Provider();
      provider.information = { client_id: url };
      const person = await newPerson();
      await signIn(provider, person);
      expect(payload(provider.saved?.access_token)).toMatchObject({ client_id: url });
    } finally {
      await new Promise((closed) => document.close(closed));
    }
  });
});
