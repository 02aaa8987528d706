import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { readBrowserId } from '../../browser/browser-id.ts';
import type { AppEnv } from '../../context.ts';
import type { Provider } from '../providers/provider.ts';
import { consumeState, openState, type SocialState } from '../state/social-state.ts';
import type { ProviderAnswer } from './provider-answer.ts';

/**
 * Takes the state of an answer: it was begun here, with this provider (RFC 9700 §4.4), in this browser
 * (§4.7), not long ago, and comes back for the first time. Another browser does not use it up.
 *
 * @throws {Problem} `SOCIAL_STATE_INVALID`
 */
export async function takeState(
  c: Context<AppEnv>,
  { id }: Provider,
  answer: Pick<ProviderAnswer, 'state'>,
): Promise<SocialState> {
  const { services } = c.var;
  const state = await openState(answer.state ?? '', id, services);
  const browser = await readBrowserId(c);
  if (state === undefined || state.browser !== browser?.hash) throw refusal();
  const isFirst = await orUnavailable('the TTL store', () => consumeState(state, services));
  if (!isFirst) throw refusal();
  return state;
}

const refusal = () => new Problem('SOCIAL_STATE_INVALID');
