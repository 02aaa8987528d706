/**
 * Seals and reads the grants and tickets of the queue. They are sealed, so that a made-up one wakes
 * no object. They name their session, so that a stolen one is of no use to another. Only the queue
 * knows whether they are still valid.
 *
 * @module
 */

import * as z from 'zod';

import {
  type ConnectSalts,
  sealForHub,
  unsealForHub,
} from '../../../shared/tokens/connect-salts.ts';

/** A grant gives one seat. */
const Grant = z.strictObject({ sessionId: z.string(), grantId: z.string() });
export type Grant = z.infer<typeof Grant>;

/** A ticket keeps a place, and gets its session the grant when it is admitted. */
const Ticket = z.strictObject({ sessionId: z.string(), place: z.number() });
export type Ticket = z.infer<typeof Ticket>;

const GRANT = 'queue grant v1';
const TICKET = 'queue ticket v1';

export const sealGrant = (salts: ConnectSalts, grant: Grant): Promise<string> =>
  sealForHub(salts, GRANT, JSON.stringify(grant));

export const sealTicket = (salts: ConnectSalts, ticket: Ticket): Promise<string> =>
  sealForHub(salts, TICKET, JSON.stringify(ticket));

/** @returns `undefined` for anything that was not sealed here as a grant. */
export async function readGrant(salts: ConnectSalts, text: string): Promise<Grant | undefined> {
  const unsealed = await unsealForHub(salts, GRANT, text);
  return unsealed === undefined ? undefined : Grant.parse(JSON.parse(unsealed));
}

/** @returns `undefined` for anything that was not sealed here as a ticket. */
export async function readTicket(salts: ConnectSalts, text: string): Promise<Ticket | undefined> {
  const unsealed = await unsealForHub(salts, TICKET, text);
  return unsealed === undefined ? undefined : Ticket.parse(JSON.parse(unsealed));
}
