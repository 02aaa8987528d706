import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { decide } from '../../oauth/authorize/decision.ts';
import {
  type DecisionInputsNeeds,
  type Pending,
  readDecisionInputs,
} from '../../oauth/authorize/decision-inputs.ts';
import {
  type Interaction,
  type InteractionPage,
  newInteractionId,
  pagePath,
  saveInteraction,
  takeInteraction,
} from '../../oauth/authorize/interaction.ts';
import { type IssueCodeNeeds, issueCode } from '../../oauth/authorize/issue-code.ts';
import { usePushedRequest } from '../../oauth/authorize/pushed-requests.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import {
  type BrowserSession,
  type ReadBrowserSessionNeeds,
  readBrowserSession,
  touchBrowserSession,
} from '../../sessions/browser-session.ts';
import type { TouchSessionNeeds } from '../../sessions/user-sessions.ts';
import { PageError } from '../kit/page-error.ts';
import { respond } from '../respond/respond.ts';
import { type AnswerErrorNeeds, answerError } from './answer-error.ts';

export type NextStepNeeds = ReadBrowserSessionNeeds &
  TouchSessionNeeds &
  DecisionInputsNeeds &
  IssueCodeNeeds &
  AnswerErrorNeeds & { readonly ttlStore: () => TtlStore };

/**
 * Takes a checked request one step further: to the page that it waits for, or back to the client with an
 * answer, which ends the interaction.
 *
 * @throws {PageError} `interaction_over` if the answer was given already.
 * @throws {Problem} or {TtlStoreUnavailable} If a part of the system does not answer.
 */
export async function nextStep(
  c: RequestContext<NextStepNeeds>,
  pending: Pending,
): Promise<Response> {
  return stepFor(c, pending, await readBrowserSession(c));
}

async function stepFor(
  c: RequestContext<NextStepNeeds>,
  pending: Pending,
  session: BrowserSession | undefined,
): Promise<Response> {
  const { services } = c.var;
  const decision = decide(await readDecisionInputs(pending, session, services));
  if (decision.to === 'ask') return showPage(c, pending, decision.page);
  if (decision.to === 'issue') return issue(c, pending, session);
  const { client, request, interaction } = pending;
  await endInteraction(c, interaction);
  const error = new OAuthError(decision.error, decision.description);
  return answerError(c, { client, address: request, error, interaction });
}

/** Sends the browser to a page. The first page begins the interaction. */
async function showPage(
  c: RequestContext<NextStepNeeds>,
  { request, pushedId, interaction }: Pending,
  page: InteractionPage,
): Promise<Response> {
  if (interaction !== null) return c.redirect(pagePath(page, interaction.id), 303);
  const { ttlStore, clock } = c.var.services;
  const { hash: browser } = await ensureBrowserId(c);
  const id = newInteractionId();
  const startedAt = clock();
  const pushed = pushedId === null ? {} : { pushedId };
  const begun = { id, browser, request, ...pushed, startedAt, signedIn: null, consent: null };
  await saveInteraction(ttlStore(), begun);
  return c.redirect(pagePath(page, id), 303);
}

async function issue(
  c: RequestContext<NextStepNeeds>,
  pending: Pending,
  session: BrowserSession | undefined,
): Promise<Response> {
  if (session === undefined) throw new TypeError('Cannot issue a code: nobody is signed in');
  const { client, request, interaction } = pending;
  const code = await issueCode(client, request, session.grant, c.var.services);
  // The session ended a moment ago: the step is taken as if nobody had been signed in.
  if (!code.ok) return stepFor(c, pending, undefined);
  await endInteraction(c, interaction);
  await endPushedRequest(c, pending);
  touchBrowserSession(c, session);
  const members = { code: code.value };
  return respond(c, { client, address: request, members, isAfterForm: interaction !== null });
}

/** Of several requests that would answer at once, one does. A code that stays unused expires. */
async function endInteraction(
  c: RequestContext<NextStepNeeds>,
  interaction: Interaction | null,
): Promise<void> {
  if (interaction === null) return;
  const { id, browser } = interaction;
  const taken = await takeInteraction(c.var.services.ttlStore(), id, browser);
  if (taken === undefined) throw new PageError('interaction_over');
}

/** The same for interactions that began with one `request_uri`. */
async function endPushedRequest(
  c: RequestContext<NextStepNeeds>,
  { pushedId, interaction }: Pending,
): Promise<void> {
  if (pushedId === null) return;
  const { ttlStore, clock } = c.var.services;
  const now = clock();
  const isFirst = await usePushedRequest(ttlStore(), pushedId, interaction?.startedAt ?? now, now);
  if (!isFirst) throw new PageError('interaction_over');
}
