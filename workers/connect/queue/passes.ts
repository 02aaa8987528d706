/**
 * What clients hold of the queue. Both are sealed, so that a made-up one wakes nothing, and name
 * their session, so that a stolen one is of no use to another. Whether they are still good, only the
 * queue knows.
 *
 * @module
 */

import * as z from 'zod';

import {
  type ConnectSalts,
  sealForHub,
  unsealForHub,
} from '../../../shared/tokens/connect-salts.ts';

/** Gives a seat, once. */
const Grant = z.strictObject({ sessionId: z.string(), grantId: z.string() });
export type Grant = z.infer<typeof Grant>;

/** Keeps a place, and fetches the grant that comes of it. */
const Ticket = z.strictObject({ sessionId: z.string(), place: z.number() });
export type Ticket = z.infer<typeof Ticket>;

const GRANT = 'queue grant v1';
const TICKET = 'queue ticket v1';

export const sealGrant = (salts: ConnectSalts, grant: Grant): Promise<string> =>
  sealForHub(salts, GRANT, JSON.stringify(grant));

export const sealTicket = (salts: ConnectSalts, ticket: Ticket): Promise<string> =>
  sealForHub(salts, TICKET, JSON.stringify(ticket));

/** @returns `undefined` for anything that was not sealed here. */
export async function readGrant(salts: ConnectSalts, text: string): Promise<Grant | undefined> {
  const unsealed = await unsealForHub(salts, GRANT, text);
  return unsealed === undefined ? undefined : Grant.parse(JSON.parse(unsealed));
}

/** @returns `undefined` for anything that was not sealed here. */
export async function readTicket(salts: ConnectSalts, text: string): Promise<Ticket | undefined> {
  const unsealed = await unsealForHub(salts, TICKET, text);
  return unsealed === undefined ? undefined : Ticket.parse(JSON.parse(unsealed));
}
