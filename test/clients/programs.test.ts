import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { createClient } from '../support/node/administered.ts';
import { eventually } from '../support/node/eventually.ts';
import { notRun } from '../support/node/not-run.ts';
import { agreed, issuer, newAgent, newPerson } from '../support/node/provider.ts';
import { findProgram } from './daemon.ts';

/** A program that is run beside the test, and what it prints. */
class Program implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #output = '';

  constructor(command: string, parameters: readonly string[], env: Record<string, string> = {}) {
    this.#child = spawn(command, parameters, { env: { ...process.env, ...env } });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (data) => (this.#output += String(data)));
    }
    this.#ended = new Promise((ended) => this.#child.once('close', () => ended()));
  }

  get output(): string {
    return this.#output;
  }

  /** Waits for output that matches, and returns its first group. */
  said(pattern: RegExp): Promise<string> {
    return eventually(() => {
      const match = pattern.exec(this.#output);
      if (match === null) throw new Error(`Nothing matches ${pattern.source}: ${this.#output}`);
      return match[1] ?? '';
    });
  }

  tell(line: string): void {
    this.#child.stdin.end(`${line}\n`);
  }

  ended(): Promise<void> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }
}

const rclone = findProgram('rclone');
if (rclone === undefined) notRun('rclone is not installed: its sign-in');

describe.each(rclone === undefined ? [] : [rclone])('rclone (%s)', (path) => {
  /** Where rclone waits for the answer, always. */
  const CALLBACK = 'http://127.0.0.1:53682/';

  // Of its services this one asks for no scopes of its own, so that another server can stand in for it.
  it('signs a user in by its own server, without PKCE and nonce, as an administrator allows it', async () => {
    const { clientId, clientSecret = '' } = await createClient(
      {
        client_name: 'rclone',
        redirect_uris: [CALLBACK],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_post',
      },
      { skipConsent: false, pkceOptional: true },
    );
    const own = [clientId, clientSecret, '--auth-no-open-browser'];
    await using program = new Program(path, ['authorize', 'box', ...own], {
      RCLONE_BOX_AUTH_URL: `${issuer()}/oauth2/authorize`,
      RCLONE_BOX_TOKEN_URL: `${issuer()}/oauth2/token`,
      RCLONE_CONFIG: '/dev/null',
    });
    const link = await program.said(/(http:\/\/127\.0\.0\.1:53682\/auth\?state=\S+)/);
    const begun = await fetch(link, { redirect: 'manual' });
    const person = await newPerson();
    const callback = await agreed(newAgent(), begun.headers.get('location') ?? '', person);
    expect((await fetch(callback)).status).toBe(200);
    const token = JSON.parse(await program.said(/(\{"access_token".*\})/));
    expect(token).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) });
  });
});

const PYTHON = '/usr/bin/python3';
const AUTHLIB = '/usr/lib/python3/dist-packages/authlib';
const python = existsSync(PYTHON) && existsSync(AUTHLIB) ? [PYTHON] : [];
if (python.length === 0) notRun('python3-authlib is not installed: its sign-in');

/** As Authlib's documentation writes a client: discovery, PKCE, ID token, userinfo, refresh. */
const SIGN_IN = `
import json, os, sys
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.common.security import generate_token
import requests
issuer, client_id, secret = sys.argv[1:]
meta = requests.get(issuer + '/.well-known/openid-configuration').json()
session = OAuth2Session(client_id, secret, scope='openid profile email offline_access',
    redirect_uri='https://app.example.test/callback', code_challenge_method='S256',
    token_endpoint=meta['token_endpoint'])
verifier, nonce = generate_token(48), generate_token()
uri, state = session.create_authorization_url(meta['authorization_endpoint'], code_verifier=verifier, nonce=nonce)
print('OPEN', uri, flush=True)
token = session.fetch_token(authorization_response=input(), code_verifier=verifier, state=state)
keys = JsonWebKey.import_key_set(requests.get(meta['jwks_uri']).json())
claims = jwt.decode(token['id_token'], keys, claims_options={'iss': {'value': issuer}, 'aud': {'value': client_id}})
claims.validate()
assert claims['nonce'] == nonce
user = session.get(meta['userinfo_endpoint']).json()
again = session.refresh_token(meta['token_endpoint'])
print('DONE', json.dumps({'user': user, 'sub': claims['sub'], 'renewed': again['access_token'] != token['access_token']}), flush=True)
`;

describe.each(python)('Authlib (%s)', (path) => {
  it('signs a user in as its documentation says', async () => {
    const { clientId, clientSecret = '' } = await createClient(
      {
        client_name: 'Authlib',
        redirect_uris: ['https://app.example.test/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
      { skipConsent: false },
    );
    await using program = new Program(path, ['-c', SIGN_IN, issuer(), clientId, clientSecret]);
    const person = await newPerson('Guido');
    const callback = await agreed(newAgent(), await program.said(/OPEN (\S+)/), person);
    program.tell(callback.href);
    await program.ended();
    expect(program.output).toContain('DONE');
    const done = JSON.parse(/DONE (.*)/.exec(program.output)?.[1] ?? '{}');
    expect(done).toMatchObject({
      renewed: true,
      sub: person.accountId,
      user: { sub: person.accountId, name: 'Guido', email: person.email },
    });
  });
});
