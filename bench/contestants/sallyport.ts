import type { Contestant } from './contestant.ts';
import { refreshRow, validateRows } from './sallyport-rows.ts';
import { signInUsers } from './sallyport-users.ts';
import { startSallyport } from './start-sallyport.ts';

/** Measures validation and refresh by the product's own API. */
export const sallyport: Contestant = async (ground) => {
  const server = await startSallyport(ground);
  const signedIn = await signInUsers(server.port, ground.users, ground.tokens);
  const rows = [...validateRows(signedIn.accessTokens), refreshRow(signedIn.refreshTokens)];
  return { ...server, rows };
};
