/**
 * The rules of a stream, the numbered events of one session at one hub: [H45]–[H56]. A stream outlives
 * its connections by the reconnection window.
 *
 * @module
 */

import type { Millis } from '../../../shared/clock.ts';
import type { EventTarget } from '../../../shared/contracts/connect/client-event.ts';
import { namesOfUser, type SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { LogIndex } from './log-index.ts';

/** At the event `log` of the hub's log, the sequence of the stream was `sequence`. */
export type Checkpoint = { readonly log: number; readonly sequence: number };

/** Roles that the session had until the event `until` of the log. */
export type FormerRoles = { readonly until: number; readonly roles: readonly string[] };

export type Stream = {
  /** The principal of the newest connection. */
  readonly principal: SessionPrincipal;
  /** The oldest first. */
  readonly formerRoles: readonly FormerRoles[];
  /** The last event of the log before the stream began. */
  readonly firstLog: number;
  /** At or after the last change of roles. */
  readonly checkpoint: Checkpoint;
  /** The newest connection. It may be lost. */
  readonly connectionId: string;
  readonly epoch: number;
  /** The salt of the GUIDs that the client was given. */
  readonly saltId: string;
  /** The GUID by which other clients address this one. */
  readonly peerGuid: GuidText;
  /** SHA-256 of the nonce of the newest reconnection token. */
  readonly tokenHash: string;
  /** The same of the token before it. */
  readonly previousTokenHash: string | null;
  /** When the hub noticed that the connection is lost, and the last sequence it was sent. */
  readonly lost: { readonly at: Millis; readonly sequence: number } | null;
};

/** The sequence of the manifest that begins a stream. */
export const FIRST_SEQUENCE = 1;

/**
 * Whether a reconnection token is valid. The one before the newest is, too: the connection may have
 * broken before the client received the newest.
 */
export const acceptsToken = (
  { tokenHash, previousTokenHash }: Pick<Stream, 'tokenHash' | 'previousTokenHash'>,
  hash: string,
): boolean => hash === tokenHash || hash === previousTokenHash;

/** The form in which the log stores a target. */
export function targetKey(target: EventTarget): string {
  if (target === 'all') return 'all';
  if ('session' in target) return `s:${target.session}`;
  return 'user' in target ? `u:${target.user}` : roleKey(target.role);
}

const roleKey = (role: string): string => `r:${role}`;

/** The targets whose events the session receives. */
export const targetsOf = (
  principal: Pick<SessionPrincipal, 'subject' | 'userId' | 'sessionId' | 'roles'>,
): ReadonlySet<string> => {
  const users = namesOfUser(principal).map((name) => `u:${name}`);
  return new Set(['all', `s:${principal.sessionId}`, ...users, ...principal.roles.map(roleKey)]);
};

/** The sequence of the last event of a stream. */
export const positionOf = ({ principal, checkpoint }: Stream, log: LogIndex): number =>
  checkpoint.sequence + log.count(targetsOf(principal), checkpoint.log);

/** The events of a stream that the log still has, the oldest first. The last is at its position. */
export function loggedEventsOf(
  { principal, formerRoles, firstLog }: Stream,
  log: LogIndex,
): number[] {
  const logged: number[] = [];
  let after = firstLog;
  for (const { until, roles } of [...formerRoles, { until: Infinity, roles: principal.roles }]) {
    logged.push(...log.ids(targetsOf({ ...principal, roles }), after, until));
    after = Math.max(after, until);
  }
  return logged;
}

/** The stream under another principal of its session. Changed roles count from `checkpoint` on. */
export function withPrincipal(
  stream: Stream,
  principal: SessionPrincipal,
  checkpoint: Checkpoint,
): Stream {
  const { roles } = stream.principal;
  if (sameRoles(roles, principal.roles)) return { ...stream, principal };
  const formerRoles = [...stream.formerRoles, { until: checkpoint.log, roles }];
  return { ...stream, principal, formerRoles, checkpoint };
}

function sameRoles(one: readonly string[], other: readonly string[]): boolean {
  const [a, b] = [new Set(one), new Set(other)];
  return a.size === b.size && [...a].every((role) => b.has(role));
}
