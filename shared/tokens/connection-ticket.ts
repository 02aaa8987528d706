/**
 * A ticket opens one connection, within 30 s, for a browser that can send neither a header nor a
 * subprotocol. It is part of a URL, and URLs are logged, so it is short-lived and the hub stores
 * that it was used.
 *
 * @module
 */

import * as z from 'zod';

import { type Millis, seconds } from '../clock.ts';
import type { SessionPrincipal } from '../contracts/edge/principal.ts';
import { type ConnectSalts, sealForHub, unsealForHub } from './connect-salts.ts';

const Ticket = z.strictObject({
  id: z.string(),
  /** The name of the hub. */
  hub: z.string(),
  expiresAt: z.int(),
  principal: z.custom<SessionPrincipal>((value) => typeof value === 'object'),
});
export type Ticket = z.infer<typeof Ticket>;

const PURPOSE = 'connection ticket v1';

/** How long a ticket is valid. */
export const TICKET_LIFETIME = seconds(30);

export async function newTicket(
  salts: ConnectSalts,
  { hub, principal }: Pick<Ticket, 'hub' | 'principal'>,
  now: Millis,
): Promise<string> {
  const ticket: Ticket = {
    id: crypto.randomUUID(),
    hub,
    expiresAt: now + TICKET_LIFETIME,
    principal,
  };
  return sealForHub(salts, PURPOSE, JSON.stringify(ticket));
}

/** @returns `undefined` for anything that was not made here, and for a ticket that has expired. */
export async function readTicket(
  salts: ConnectSalts,
  sealed: string,
  now: Millis,
): Promise<Ticket | undefined> {
  const text = await unsealForHub(salts, PURPOSE, sealed);
  if (text === undefined) return undefined;
  const ticket = Ticket.parse(JSON.parse(text));
  return now < ticket.expiresAt ? ticket : undefined;
}
