/** The URL of an endpoint, as clients know it: from the issuer, never from a request's `Host`. */
export const endpointUrl = (issuer: string, path: string): string => issuer + path;

export const TOKEN_ENDPOINT = '/oauth2/token';
export const INTROSPECTION_ENDPOINT = '/oauth2/introspect';
export const REVOCATION_ENDPOINT = '/oauth2/revoke';
export const AUTHORIZATION_ENDPOINT = '/oauth2/authorize';
export const PAR_ENDPOINT = '/oauth2/par';
export const DEVICE_AUTHORIZATION_ENDPOINT = '/oauth2/device_authorization';
export const BACKCHANNEL_AUTHENTICATION_ENDPOINT = '/oauth2/bc-authorize';
