import type { Question, QuestionOutcome } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { HubNetwork } from '../hubs/hub-network.ts';
import { recipientsOf } from '../publishing/recipients.ts';

/** A session, or a user who has one connection. */
export type Asked =
  | { readonly sessionId: string; readonly userId?: string | undefined }
  | { readonly userId: string };

export type AskOutcome = QuestionOutcome | { readonly as: 'ambiguous' };

/**
 * Asks a client, wherever it is connected.
 *
 * @throws If a directory, the registry or a hub cannot be reached.
 */
export async function askClient(
  network: HubNetwork,
  asked: Asked,
  question: Omit<Question, 'sessionId'>,
): Promise<AskOutcome> {
  const hubs = (await recipientsOf(network, [asked]))(asked);
  if ('sessionId' in asked)
    return askAt(network, hubs, { ...question, sessionId: asked.sessionId });

  const views = await network.ask(hubs, (hub) => hub.connectionsOf(asked.userId));
  const [sessionId, ...others] = new Set(views.flat().map((view) => view.sessionId));
  if (sessionId === undefined) return { as: 'not_connected' };
  return others.length === 0
    ? askAt(network, hubs, { ...question, sessionId })
    : { as: 'ambiguous' };
}

/** One of these hubs has the session, or none by now. */
async function askAt(
  network: HubNetwork,
  hubs: readonly string[],
  question: Question,
): Promise<QuestionOutcome> {
  const outcomes = await network.ask(hubs, (hub) => hub.ask(question));
  return outcomes.find(({ as }) => as !== 'not_connected') ?? { as: 'not_connected' };
}
