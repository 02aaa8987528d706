import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { seconds } from '../../../../../shared/clock.ts';
import { AccountId } from '../../../../../shared/ids.ts';
import { PROMPTS } from '../../../../../workers/identity/oauth/authorize/authorization-request.ts';
import {
  type DecisionInputs,
  decide,
} from '../../../../../workers/identity/oauth/authorize/decision.ts';
import { anAuthorizationRequest } from '../../../../support/oauth-fixture.ts';

const NOW = 1_000_000;
const ACCOUNTS = [
  AccountId.restore('0b0f3f5e-7a53-4b8e-9f07-a7e8b60a7c11'),
  AccountId.restore('3c1a43ba-9a0c-4b7a-8f67-0de6a1f8b4c2'),
] as const;
const ACRS = ['urn:a', 'urn:b'];

const account = fc.constantFrom(...ACCOUNTS);
const time = fc.integer({ min: 0, max: NOW });

const situation: fc.Arbitrary<DecisionInputs> = fc.record({
  request: fc
    .record({
      prompts: fc.oneof(
        fc.constant(['none'] as const),
        fc.subarray(PROMPTS.filter((prompt) => prompt !== 'none')),
      ),
      maxAge: fc.option(fc.integer({ min: 0, max: 1_000 })),
      requiredSubject: fc.option(account),
      acrValues: fc.subarray(ACRS),
      essentialAcr: fc.boolean(),
    })
    .map((more) => anAuthorizationRequest(more)),
  user: fc.option(
    account.chain((accountId) =>
      fc.record({
        accountId: fc.constant(accountId),
        subject: fc.constant(accountId),
        authTime: time,
        acr: fc.constantFrom(...ACRS),
      }),
    ),
    { nil: undefined },
  ),
  interaction: fc.option(
    fc.record({
      startedAt: time,
      signedIn: fc.option(fc.record({ accountId: account, at: time })),
      consent: fc.option(
        fc.record({
          answer: fc.constantFrom('allowed' as const, 'denied' as const),
          accountId: account,
        }),
      ),
    }),
  ),
  consent: fc.constantFrom('none' as const, 'partial' as const, 'complete' as const),
  client: fc.record({ skipsConsent: fc.boolean(), isImpersonable: fc.boolean() }),
  reachableAcrs: fc.subarray(ACRS),
  now: fc.constant(NOW),
});

describe('the decision', () => {
  it('asks nobody for prompt=none', () => {
    fc.assert(
      fc.property(situation, (given) => {
        fc.pre(given.request.prompts.includes('none'));
        expect(decide(given).to).not.toBe('ask');
      }),
    );
  });

  it('for prompt=none is the same for every user who gave the client nothing', () => {
    fc.assert(
      fc.property(situation, situation, (given, { user }) => {
        fc.pre(given.user !== undefined && user !== undefined);
        const request = { ...given.request, prompts: ['none' as const] };
        const client = { ...given.client, skipsConsent: false };
        const silent = { ...given, request, client, consent: 'none' as const };
        expect(decide({ ...silent, user })).toEqual(decide(silent));
      }),
    );
  });

  it('is a code only where every demand of the request is met', () => {
    fc.assert(
      fc.property(situation, (given) => {
        fc.pre(decide(given).to === 'issue');
        expectRightUser(given);
        expectFreshness(given);
        expectConsent(given);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is access_denied only where the signed-in user denied, and then never a code', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const decision = decide(given);
        const answer = given.interaction?.consent;
        const hasDenied = answer?.answer === 'denied' && answer.accountId === given.user?.accountId;
        if (decision.to === 'issue') expect(hasDenied).toBe(false);
        if (decision.to === 'refuse' && decision.error === 'access_denied') {
          expect(hasDenied).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is not the same page again once the user has done what it asks', () => {
    fc.assert(
      fc.property(situation, account, (first, who) => {
        let given: DecisionInputs = { ...first, interaction: null };
        const pages: string[] = [];
        for (let step = 0; step < 8; step += 1) {
          const decision = decide(given);
          if (decision.to !== 'ask') return;
          pages.push(decision.page);
          given = afterPage(given, decision.page, who);
        }
        throw new Error(`Asked without end: ${pages.join(', ')}`);
      }),
      { numRuns: 1_000 },
    );
  });
});

function expectRightUser({ request, user, interaction }: DecisionInputs): void {
  expect(user).toBeDefined();
  expect(request.requiredSubject ?? user?.subject).toBe(user?.subject);
  if (request.essentialAcr && request.acrValues.length > 0) {
    expect(request.acrValues).toContain(user?.acr);
  }
  const mustCome = request.prompts.includes('select_account') || request.prompts.includes('create');
  if (mustCome) expect(interaction?.signedIn?.accountId).toBe(user?.accountId);
}

function expectFreshness({ request, user, interaction }: DecisionInputs): void {
  const authTime = user?.authTime ?? -1;
  if (interaction !== null && authTime >= interaction.startedAt) return;
  expect(request.prompts).not.toContain('login');
  expect(NOW - authTime).toBeLessThan(seconds(request.maxAge ?? Infinity));
}

function expectConsent({ request, user, interaction, client, consent }: DecisionInputs): void {
  if (client.skipsConsent) return;
  expect(consent).toBe('complete');
  if (!request.prompts.includes('consent') && !client.isImpersonable) return;
  expect(interaction?.consent).toEqual({ answer: 'allowed', accountId: user?.accountId });
}

/** A user who does as they are asked. */
function afterPage(given: DecisionInputs, page: string, who: AccountId): DecisionInputs {
  const interaction = given.interaction ?? { startedAt: NOW, signedIn: null, consent: null };
  if (page === 'consent') {
    const accountId = given.user?.accountId ?? who;
    const answered = { ...interaction, consent: { answer: 'allowed' as const, accountId } };
    return { ...given, consent: 'complete', interaction: answered };
  }
  const user = { accountId: who, subject: who, authTime: NOW, acr: ACRS[0] ?? '' };
  return {
    ...given,
    user,
    interaction: { ...interaction, signedIn: { accountId: who, at: NOW } },
  };
}
