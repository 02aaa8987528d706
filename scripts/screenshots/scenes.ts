import type { Picture } from './photographer.ts';
import type { Visit } from './visit.ts';

export type Scene = Picture & { readonly enter: (visit: Visit) => Promise<void> };

/** What the documentation shows. */
export const SCENES: readonly Scene[] = [
  { name: 'sign-in', size: 'desktop', enter: (visit) => visit.authorize('login') },
  { name: 'sign-in-mobile', size: 'mobile', enter: (visit) => visit.authorize('login') },
  { name: 'create-account', size: 'desktop', enter: (visit) => visit.open('/create-account') },
  { name: 'choose-account', size: 'desktop', enter: chooseAccount },
  { name: 'consent', size: 'desktop', isWhole: true, enter: consent },
  { name: 'consent-mobile', size: 'mobile', isWhole: true, enter: consent },
  { name: 'account', size: 'desktop', isWhole: true, enter: account },
  { name: 'error', size: 'desktop', enter: error },
  // Last: what waits for an answer would stand in the picture of the account.
  { name: 'device', size: 'desktop', isWhole: true, enter: device },
  { name: 'request', size: 'desktop', isWhole: true, enter: request },
];

async function chooseAccount(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.authorize('select_account');
}

async function consent(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.authorize('consent');
}

async function device(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.open(`/device?user_code=${await visit.beginDevice()}`);
  await visit.page.getByRole('button', { name: 'Continue' }).click();
  await visit.page.getByRole('button', { name: 'Allow' }).waitFor();
}

async function request(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.askFromElsewhere();
  await visit.open('/account');
  await visit.page.getByRole('link', { name: 'Review' }).first().click();
  await visit.page.getByRole('button', { name: 'Deny' }).waitFor();
}

async function account(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.useTwoDevices();
  await visit.authorize('consent');
  await visit.allow();
  await visit.open('/account');
}

async function error(visit: Visit): Promise<void> {
  await visit.open('/sign-in?interaction=AAAAAAAAAAAAAAAAAAAAAA');
  await visit.page.getByText('Details for support').click();
}
