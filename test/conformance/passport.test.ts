import { createServer, type Server } from 'node:http';

import express from 'express';
import session from 'express-session';
import passport from 'passport';
import Strategy from 'passport-openidconnect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { agreed, issuer, newAgent, newPerson, registerClient } from '../support/node/provider.ts';
import { UserAgent } from '../support/node/user-agent.ts';

let app: Server;
let origin: string;

beforeAll(async () => {
  app = createServer();
  await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening));
  const address = app.address();
  origin = `http://127.0.0.1:${address === null || typeof address === 'string' ? 0 : address.port}`;
  const callbackURL = `${origin}/callback`;
  const { client_id: clientID, client_secret: clientSecret = '' } = await registerClient({
    client_name: 'An Express application',
    redirect_uris: [callbackURL],
    token_endpoint_auth_method: 'client_secret_post',
  });
  const strategy = new Strategy(
    {
      issuer: issuer(),
      authorizationURL: `${issuer()}/oauth2/authorize`,
      tokenURL: `${issuer()}/oauth2/token`,
      userInfoURL: `${issuer()}/oauth2/userinfo`,
      clientID,
      clientSecret,
      callbackURL,
      scope: ['profile', 'email'],
      skipUserProfile: false,
      // The strategy knows no PKCE.
      nonce: true,
    },
    (_issuer, profile, done) => done(null, profile),
  );
  const routes = express();
  routes.use(session({ secret: 'only for tests', resave: false, saveUninitialized: true }));
  routes.get('/login', passport.authenticate(strategy, { session: false }));
  routes.get(
    '/callback',
    passport.authenticate(strategy, { session: false }),
    (request, response) => {
      response.json(request.user);
    },
  );
  app.on('request', routes);
});

afterAll(() => new Promise((closed) => app.close(closed)));

describe('passport-openidconnect', () => {
  it('signs a user in to an Express application', async () => {
    const person = await newPerson('Grace Hopper');
    const browser = new UserAgent(origin);
    const login = await browser.fetch('/login');
    const callback = await agreed(newAgent(), login.headers.get('location') ?? '', person);
    const profile = await (await browser.fetch(callback)).json();
    expect(profile).toMatchObject({ id: person.accountId, displayName: 'Grace Hopper' });
    expect(profile.emails).toEqual([{ value: person.email }]);
  });
});
