import type { GrantType } from '../clients/client.ts';
import type { Grant } from './grant.ts';
import { authorizationCode } from './grants/authorization-code.ts';
import { ciba } from './grants/ciba.ts';
import { clientCredentials } from './grants/client-credentials.ts';
import { deviceCode } from './grants/device-code.ts';
import { jwtBearer } from './grants/jwt-bearer.ts';
import { refreshToken } from './grants/refresh-token.ts';
import { tokenExchange } from './grants/token-exchange.ts';

const ROWS: readonly (readonly [GrantType, Grant])[] = [
  ['authorization_code', authorizationCode],
  ['refresh_token', refreshToken],
  ['client_credentials', clientCredentials],
  ['urn:ietf:params:oauth:grant-type:device_code', deviceCode],
  ['urn:openid:params:grant-type:ciba', ciba],
  ['urn:ietf:params:oauth:grant-type:token-exchange', tokenExchange],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', jwtBearer],
];

/** The grants that the token endpoint serves. Adding one is adding a file and a row. */
export const GRANTS: ReadonlyMap<string, Grant> = new Map(ROWS);
