import { z } from '@hono/zod-openapi';

import type { NewEventTarget } from '../../../shared/contracts/connect/client-event.ts';
import type { ConnectedSession } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { HubNetwork, Whereabouts } from './hub-network.ts';

/** The id of a user or a session. */
export const IdSchema = z.string().min(1).max(128);

/** The lookups that the targets of a batch need. */
type Questions = {
  readonly everywhere: boolean;
  readonly users: ReadonlySet<string>;
  /** Sessions whose users are not known. */
  readonly sessions: ReadonlySet<string>;
};

type Answers = {
  readonly everywhere: readonly string[];
  readonly users: ReadonlyMap<string, readonly ConnectedSession[]>;
  readonly sessions: Whereabouts;
};

/**
 * Finds the hubs of all targets of a batch. Returns a function that looks a target up.
 *
 * @throws If a directory, the registry or a hub cannot be reached.
 */
export async function recipientsOf(
  network: HubNetwork,
  targets: readonly NewEventTarget[],
): Promise<(target: NewEventTarget) => readonly string[]> {
  const questions = questionsOf(targets);
  const [everywhere, users, sessions] = await Promise.all([
    questions.everywhere ? network.all() : [],
    network.ofUsers([...questions.users]),
    questions.sessions.size === 0 ? new Map() : network.ofSessions([...questions.sessions]),
  ]);
  return (target) => hubsOf(target, { everywhere, users, sessions });
}

function questionsOf(targets: readonly NewEventTarget[]): Questions {
  const [users, sessions] = [new Set<string>(), new Set<string>()];
  for (const target of targets) {
    if (target === 'all' || 'role' in target) continue;
    if (target.userId !== undefined) users.add(target.userId);
    else if ('sessionId' in target) sessions.add(target.sessionId);
  }
  return { everywhere: targets.some(isForManyUsers), users, sessions };
}

function hubsOf(
  target: NewEventTarget,
  { everywhere, users, sessions }: Answers,
): readonly string[] {
  if (target === 'all' || 'role' in target) return everywhere;
  if (!('sessionId' in target)) return distinctHubs(users.get(target.userId) ?? []);
  const { sessionId, userId } = target;
  if (userId === undefined) return sessions.get(sessionId) ?? [];
  return distinctHubs((users.get(userId) ?? []).filter((one) => one.sessionId === sessionId));
}

const isForManyUsers = (target: NewEventTarget): boolean => target === 'all' || 'role' in target;

const distinctHubs = (sessions: readonly ConnectedSession[]): readonly string[] => [
  ...new Set(sessions.flatMap(({ hubs }) => hubs)),
];
