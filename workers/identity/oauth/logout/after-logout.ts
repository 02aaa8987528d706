import type { Client } from '../clients/client.ts';

/** Where the browser goes once its user is signed out, and whose address that is. */
export type AfterLogout = { readonly redirectTo: string; readonly client: Client };
