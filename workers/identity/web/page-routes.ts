import { Hono } from 'hono';

import type { Log } from '../../../shared/telemetry/log.ts';
import type { AppEnv } from '../context.ts';
import {
  accountAction,
  changePassword,
  changeProfile,
  endOneSession,
  endOtherSessions,
  signOut,
  unlinkIdentity,
  withdrawConsent,
} from './account/account-actions.ts';
import { answerRequest, showRequest } from './account/backchannel-request.tsx';
import { showAccount } from './account/show-account.tsx';
import { answerConsent, showConsent } from './consent/consent.tsx';
import { createAccount, showCreateAccount } from './create-account/create-account.tsx';
import { answerDevice, enterCode, showDevice, showDeviceDone } from './device/device.tsx';
import { showInspector } from './inspector/inspector.tsx';
import { answerAsset } from './kit/assets.ts';
import { answerPageError } from './kit/error-page.tsx';
import { limitForm } from './kit/own-form.ts';
import { showSignedOut } from './logout/logout-pages.tsx';
import { showQueue } from './queue/queue.tsx';
import { continueSignedIn, showSignIn, signIn } from './sign-in/sign-in.tsx';
import { beginLink, beginOnPage } from './social/begin.ts';
import { complete, showComplete } from './social/complete-account.tsx';

/** The hosted pages: but for the queue's and the inspector's they need no script, and every form of theirs is `readOwnForm`. */
export function pageRoutes(log: Log): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(answerPageError(log));
  app.get('/sign-in', showSignIn);
  app.post('/sign-in', limitForm, signIn);
  app.post('/sign-in/continue', limitForm, continueSignedIn);
  app.get('/create-account', showCreateAccount);
  app.post('/create-account', limitForm, createAccount);
  app.get('/create-account/complete', showComplete);
  app.post('/create-account/complete', limitForm, complete);
  app.get('/sign-in/:provider', beginOnPage);
  app.get('/account/link/:provider', beginLink);
  app.post('/account/identities/unlink', limitForm, accountAction(unlinkIdentity));
  app.get('/consent', showConsent);
  app.post('/consent', limitForm, answerConsent);
  app.get('/device', showDevice);
  app.post('/device', limitForm, enterCode);
  app.post('/device/confirm', limitForm, answerDevice);
  app.get('/device/done', showDeviceDone);
  app.get('/account', showAccount);
  app.get('/account/requests/:id', showRequest);
  app.post('/account/requests/:id', limitForm, answerRequest);
  app.post('/account/profile', limitForm, accountAction(changeProfile));
  app.post('/account/password', limitForm, accountAction(changePassword));
  app.post('/account/sessions/end', limitForm, accountAction(endOneSession));
  app.post('/account/sessions/end-others', limitForm, accountAction(endOtherSessions));
  app.post('/account/applications/withdraw', limitForm, accountAction(withdrawConsent));
  app.post('/account/sign-out', limitForm, accountAction(signOut));
  app.get('/queue', showQueue);
  app.get('/connect/inspector', showInspector);
  app.get('/signed-out', showSignedOut);
  app.get('/pages/:file', answerAsset);
  return app;
}
