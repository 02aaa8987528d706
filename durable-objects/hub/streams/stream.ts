/**
 * A stream: what one session is told by one hub, numbered. It outlives its connections by the
 * reconnection window.
 *
 * @module
 */

import type { Millis } from '../../../shared/clock.ts';
import type { EventTarget } from '../../../shared/contracts/connect/client-event.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { LogIndex } from './log-index.ts';

/** Up to the event `log` of the hub's log, the stream has counted to `sequence`. */
export type Checkpoint = { readonly log: number; readonly sequence: number };

/** Roles that the session had until the event `until` of the log. */
export type FormerRoles = { readonly until: number; readonly roles: readonly string[] };

export type Stream = {
  /** Of the newest connection. */
  readonly principal: SessionPrincipal;
  /** Oldest first. */
  readonly formerRoles: readonly FormerRoles[];
  /** The last event of the log before the stream. */
  readonly firstLog: number;
  /** Not before the last change of roles. */
  readonly checkpoint: Checkpoint;
  /** The newest connection, which may be lost. */
  readonly connectionId: string;
  readonly epoch: number;
  /** The salt of the GUIDs that the client knows. */
  readonly saltId: string;
  /** Under which other clients address this one. */
  readonly peerGuid: GuidText;
  /** SHA-256 of the nonce of the reconnection token, and of the one before it. */
  readonly tokenHash: string;
  readonly previousTokenHash: string | null;
  /** When the hub noticed that the connection is lost, and how far the stream was. */
  readonly lost: { readonly at: Millis; readonly sequence: number } | null;
};

/** The manifest, which begins a stream, is its first event. */
export const FIRST_SEQUENCE = 1;

/**
 * Whether a reconnection token is good: the newest, or the one before, because the client may have
 * died before it got the newest.
 */
export const accepts = (
  { tokenHash, previousTokenHash }: Pick<Stream, 'tokenHash' | 'previousTokenHash'>,
  hash: string,
): boolean => hash === tokenHash || hash === previousTokenHash;

/** How a target is written in the log. */
export function targetKey(target: EventTarget): string {
  if (target === 'all') return 'all';
  if ('session' in target) return `s:${target.session}`;
  return 'user' in target ? `u:${target.user}` : roleKey(target.role);
}

const roleKey = (role: string): string => `r:${role}`;

/** Every target that the session belongs to. */
export const targetsOf = ({
  subject,
  sessionId,
  roles,
}: Pick<SessionPrincipal, 'subject' | 'sessionId' | 'roles'>): ReadonlySet<string> =>
  new Set(['all', `s:${sessionId}`, `u:${subject}`, ...roles.map(roleKey)]);

/** The sequence of the last event of a stream. */
export const positionOf = ({ principal, checkpoint }: Stream, log: LogIndex): number =>
  checkpoint.sequence + log.count(targetsOf(principal), checkpoint.log);

/** The events of a stream that the log still has, oldest first. The last is at its position. */
export function keptOf({ principal, formerRoles, firstLog }: Stream, log: LogIndex): number[] {
  const kept: number[] = [];
  let after = firstLog;
  for (const { until, roles } of [...formerRoles, { until: Infinity, roles: principal.roles }]) {
    kept.push(...log.ids(targetsOf({ ...principal, roles }), after, until));
    after = Math.max(after, until);
  }
  return kept;
}

/** The stream of a session that has another principal from here on. */
export function renewed(
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
