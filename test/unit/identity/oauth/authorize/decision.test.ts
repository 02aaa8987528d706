import { describe, expect, it } from 'vitest';

import { minutes, seconds } from '../../../../../shared/clock.ts';
import { AccountId } from '../../../../../shared/ids.ts';
import {
  type DecisionInputs,
  decide,
  type SignedInUser,
} from '../../../../../workers/identity/oauth/authorize/decision.ts';
import { anAuthorizationRequest } from '../../../../support/oauth-fixture.ts';

const NOW = Date.UTC(2026, 10, 25);
const PWD = 'urn:sallyport:acr:pwd';
const ADA = AccountId.restore('0b0f3f5e-7a53-4b8e-9f07-a7e8b60a7c11');
const BOB = AccountId.restore('3c1a43ba-9a0c-4b7a-8f67-0de6a1f8b4c2');

const ada = (more: Partial<SignedInUser> = {}): SignedInUser => ({
  accountId: ADA,
  subject: ADA,
  authTime: NOW - minutes(10),
  acr: PWD,
  ...more,
});

type Given = Partial<Omit<DecisionInputs, 'request' | 'interaction'>> & {
  readonly request?: Parameters<typeof anAuthorizationRequest>[0];
  readonly interaction?: Partial<NonNullable<DecisionInputs['interaction']>>;
};

const decideFor = ({ request, interaction, ...more }: Given = {}) =>
  decide({
    request: anAuthorizationRequest(request),
    user: ada(),
    interaction:
      interaction === undefined
        ? null
        : { startedAt: NOW - minutes(1), signedIn: null, consent: null, ...interaction },
    consent: 'complete',
    client: { skipsConsent: false, isImpersonable: false },
    reachableAcrs: [PWD],
    now: NOW,
    ...more,
  });

const page = (name: string) => ({ to: 'ask', page: name });
const error = (code: string) => expect.objectContaining({ to: 'refuse', error: code });
const ISSUE = { to: 'issue' };

const SIGNED_IN = { signedIn: { accountId: ADA, at: NOW - seconds(5) } };
const FRESH = ada({ authTime: NOW - seconds(5) });

describe('the decision on who is signed in', () => {
  it('is a code if everything was agreed to', () => {
    expect(decideFor()).toEqual(ISSUE);
  });

  it('is sign-in where nobody is signed in', () => {
    expect(decideFor({ user: undefined })).toEqual(page('sign_in'));
  });

  it('is sign-in for prompt=login (Core §3.1.2.1), once', () => {
    const request = { prompts: ['login'] } as const;
    expect(decideFor({ request })).toEqual(page('sign_in'));
    expect(decideFor({ request, interaction: SIGNED_IN })).toEqual(page('sign_in'));
    expect(decideFor({ request, interaction: SIGNED_IN, user: FRESH })).toEqual(ISSUE);
  });

  it('is sign-in where the last one is older than max_age (Core §3.1.2.1)', () => {
    expect(decideFor({ request: { maxAge: 601 } })).toEqual(ISSUE);
    expect(decideFor({ request: { maxAge: 600 } })).toEqual(page('sign_in'));
    expect(decideFor({ request: { maxAge: 0 } })).toEqual(page('sign_in'));
    expect(decideFor({ request: { maxAge: 0 }, interaction: SIGNED_IN, user: FRESH })).toEqual(
      ISSUE,
    );
  });

  it('is account selection for prompt=select_account', () => {
    const request = { prompts: ['select_account'] } as const;
    expect(decideFor({ request })).toEqual(page('select_account'));
    expect(decideFor({ request, interaction: SIGNED_IN })).toEqual(ISSUE);
  });

  it('is account selection again where another account was chosen than is signed in now', () => {
    const request = { prompts: ['select_account'] } as const;
    const interaction = { signedIn: { accountId: BOB, at: NOW } };
    expect(decideFor({ request, interaction })).toEqual(page('select_account'));
  });

  it('is account creation for prompt=create', () => {
    const request = { prompts: ['create'] } as const;
    expect(decideFor({ request, user: undefined })).toEqual(page('create_account'));
    expect(decideFor({ request })).toEqual(page('create_account'));
    expect(decideFor({ request, interaction: SIGNED_IN })).toEqual(ISSUE);
  });

  it('is sign-in, then refusal, for another user than the hint requires (Core §3.1.2.1)', () => {
    const request = { requiredSubject: BOB };
    expect(decideFor({ request })).toEqual(page('sign_in'));
    expect(decideFor({ request, interaction: SIGNED_IN })).toEqual(error('login_required'));
    expect(decideFor({ request, user: ada({ subject: BOB }) })).toEqual(ISSUE);
  });
});

describe('the decision on how the user signed in', () => {
  it('is refusal for an essential acr that cannot be reached (Core §5.5.1.1)', () => {
    const request = { acrValues: ['urn:example:gold'], essentialAcr: true };
    expect(decideFor({ request })).toEqual(error('unmet_authentication_requirements'));
  });

  it('is one more sign-in for an acr that can be reached (RFC 9470 §5)', () => {
    const request = { acrValues: ['urn:example:gold'], essentialAcr: true };
    const reachableAcrs = [PWD, 'urn:example:gold'];
    expect(decideFor({ request, reachableAcrs })).toEqual(page('sign_in'));
    expect(decideFor({ request, reachableAcrs, interaction: SIGNED_IN })).toEqual(
      error('unmet_authentication_requirements'),
    );
  });

  it('is a code where a voluntary acr cannot be reached', () => {
    const request = { acrValues: ['urn:example:gold'] };
    const reachableAcrs = [PWD, 'urn:example:gold'];
    expect(decideFor({ request })).toEqual(ISSUE);
    expect(decideFor({ request, reachableAcrs, interaction: SIGNED_IN })).toEqual(ISSUE);
  });
});

describe('the decision on consent', () => {
  const allowed = { consent: { answer: 'allowed', accountId: ADA } } as const;
  const denied = { consent: { answer: 'denied', accountId: ADA } } as const;

  it('is to ask where something was not agreed to', () => {
    expect(decideFor({ consent: 'partial' })).toEqual(page('consent'));
  });

  it('is to ask again where the consent was not stored', () => {
    expect(decideFor({ consent: 'partial', interaction: allowed })).toEqual(page('consent'));
  });

  it('is to ask for prompt=consent, once', () => {
    const request = { prompts: ['consent'] } as const;
    expect(decideFor({ request })).toEqual(page('consent'));
    expect(decideFor({ request, interaction: allowed })).toEqual(ISSUE);
  });

  it('is to ask each time for a client that another app could pass for (RFC 8252 §8.6)', () => {
    const client = { skipsConsent: false, isImpersonable: true };
    expect(decideFor({ client })).toEqual(page('consent'));
    expect(decideFor({ client, interaction: allowed })).toEqual(ISSUE);
  });

  it('is not to ask for a first-party client', () => {
    const client = { skipsConsent: true, isImpersonable: true };
    expect(decideFor({ client, consent: 'partial' })).toEqual(ISSUE);
  });

  it('is refusal where the user denied', () => {
    expect(decideFor({ consent: 'partial', interaction: denied })).toEqual(error('access_denied'));
  });

  it.each(['allowed', 'denied'] as const)('ignores that another user %s', (answer) => {
    const interaction = { consent: { answer, accountId: BOB } };
    const request = { prompts: ['consent'] } as const;
    expect(decideFor({ request, interaction })).toEqual(page('consent'));
  });
});

describe('prompt=none (Core §3.1.2.6)', () => {
  const request = { prompts: ['none'] } as const;

  it('is a code if no page is needed', () => {
    expect(decideFor({ request })).toEqual(ISSUE);
  });

  it.each<[string, Given, string]>([
    ['nobody is signed in', { request, user: undefined }, 'login_required'],
    ['max_age is over', { request: { ...request, maxAge: 1 } }, 'login_required'],
    [
      'another user is signed in',
      { request: { ...request, requiredSubject: BOB } },
      'login_required',
    ],
    ['consent is missing', { request, consent: 'partial' }, 'consent_required'],
    [
      'another app could pass for the client',
      { request, client: { skipsConsent: false, isImpersonable: true } },
      'consent_required',
    ],
    [
      'an essential acr is missing',
      {
        request: { ...request, acrValues: ['urn:example:gold'], essentialAcr: true },
        reachableAcrs: ['urn:example:gold'],
      },
      'unmet_authentication_requirements',
    ],
  ])('fails where %s', (_, given, code) => {
    expect(decideFor(given)).toEqual(error(code));
  });

  it.each<[string, Given]>([
    ['has nothing of the user', { consent: 'none' }],
    [
      'another app could pass for',
      { consent: 'complete', client: { skipsConsent: false, isImpersonable: true } },
    ],
  ])('tells a client that %s nothing about who is signed in', (_, given) => {
    const required = [
      { requiredSubject: ADA },
      { requiredSubject: BOB },
      { maxAge: 1 },
      { maxAge: 10_000 },
      { acrValues: ['urn:example:gold'], essentialAcr: true },
    ];
    for (const more of required) {
      const decision = decideFor({ ...given, request: { ...request, ...more } });
      expect(decision).toEqual({
        to: 'refuse',
        error: 'consent_required',
        description: 'The user would have to be asked',
      });
    }
  });

  it('tells a first-party client that another user is signed in', () => {
    const client = { skipsConsent: true, isImpersonable: true };
    const given = {
      client,
      consent: 'none',
      request: { ...request, requiredSubject: BOB },
    } as const;
    expect(decideFor(given)).toEqual(error('login_required'));
  });

  it('is a code where a voluntary acr is missing', () => {
    const reachableAcrs = ['urn:example:gold'];
    const given = { request: { ...request, acrValues: reachableAcrs }, reachableAcrs };
    expect(decideFor(given)).toEqual(ISSUE);
  });
});
