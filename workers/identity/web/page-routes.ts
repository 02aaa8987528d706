import { OpenAPIHono } from '@hono/zod-openapi';
import { PROBLEM_PAGE } from '../../../shared/contracts/edge/shown-problem.ts';
import type { RequestEnv } from '../../kit/request.ts';
import {
  accountAction,
  type ChangePasswordNeeds,
  type ChangeProfileNeeds,
  changePassword,
  changeProfile,
  type EndSessionNeeds,
  endOneSession,
  endOtherSessions,
  signOut,
  type UnlinkIdentityNeeds,
  unlinkIdentity,
  type WithdrawConsentNeeds,
  withdrawConsent,
} from './account/account-actions.ts';
import {
  type AnswerRequestNeeds,
  answerRequest,
  showRequest,
} from './account/ciba-request-page.tsx';
import { type ShowAccountNeeds, showAccount } from './account/show-account.tsx';
import { answerConsent, type ConsentNeeds, showConsent } from './consent/consent.tsx';
import {
  type CreateAccountNeeds,
  createAccount,
  showCreateAccount,
} from './create-account/create-account.tsx';
import {
  answerDevice,
  type DeviceNeeds,
  enterCode,
  showDevice,
  showDeviceDone,
} from './device/device.tsx';
import { answerDocsStyle } from './docs/docs-style.ts';
import { errorsPage } from './docs/errors-page.ts';
import { protocolPage } from './docs/protocol-page.ts';
import { showHome } from './home/home.tsx';
import { INSPECTOR_ASSETS, type InspectorNeeds, showInspector } from './inspector/inspector.tsx';
import { answerAsset } from './kit/assets.ts';
import { answerPageError } from './kit/error-page.tsx';
import { FRAME_ASSETS } from './kit/layout.tsx';
import { limitForm } from './kit/own-form.ts';
import { showProblem } from './kit/problem-page.ts';
import { showSignedOut } from './logout/logout-pages.tsx';
import type { SignOutHereNeeds } from './logout/sign-out-here.ts';
import { QUEUE_ASSETS, type QueueNeeds, showQueue } from './queue/queue.tsx';
import { type ContinueSignedInNeeds, continueSignedIn } from './sign-in/choose-account.tsx';
import { type ShowSignInNeeds, type SignInNeeds, showSignIn, signIn } from './sign-in/sign-in.tsx';
import {
  type BeginLinkNeeds,
  type BeginOnPageNeeds,
  beginLink,
  beginOnPage,
} from './social/begin.ts';
import { type CompleteNeeds, complete, showComplete } from './social/complete-account.tsx';

export type PagesNeeds = ShowSignInNeeds &
  SignInNeeds &
  ContinueSignedInNeeds &
  CreateAccountNeeds &
  CompleteNeeds &
  BeginOnPageNeeds &
  BeginLinkNeeds &
  ConsentNeeds &
  DeviceNeeds &
  AccountNeeds &
  QueueNeeds &
  InspectorNeeds;

type AccountNeeds = ShowAccountNeeds &
  AnswerRequestNeeds &
  ChangeProfileNeeds &
  ChangePasswordNeeds &
  EndSessionNeeds &
  WithdrawConsentNeeds &
  UnlinkIdentityNeeds &
  SignOutHereNeeds;

/**
 * The hosted pages. All but the queue's and the inspector's work without a script, and every form is read
 * by `readOwnForm`.
 */
export function pageRoutes(): OpenAPIHono<RequestEnv<PagesNeeds>> {
  const app = new OpenAPIHono<RequestEnv<PagesNeeds>>();
  app.onError(answerPageError);
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
  app.get('/', showHome);
  // `/docs` itself comes by RPC: only the edge knows what it shows.
  app.get('/docs/errors', errorsPage);
  app.get('/docs/protocol', protocolPage);
  app.get('/docs/style.css', answerDocsStyle);
  app.get(PROBLEM_PAGE, showProblem);
  app.get(
    '/pages/:file',
    answerAsset<PagesNeeds>([...FRAME_ASSETS, ...QUEUE_ASSETS, ...INSPECTOR_ASSETS]),
  );
  return app;
}
