import type { AskedTerms } from '../../oauth/polled/polled-request.ts';
import type { Permissions } from '../consent/permission-list.tsx';

/** Everything that a request asks for. Its user answers each time, so nothing is left out. */
export const askedPermissions = ({
  scopes,
  resources,
  authorizationDetails,
}: AskedTerms): Permissions => ({ scopes, claims: [], resources, authorizationDetails });
