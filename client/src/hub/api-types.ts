/**
 * The calls of a deployment by service and endpoint, such as `'identity GET:/api/v1/auth/profile'`.
 * `npx sallyport-client types` writes it.
 */
export type ApiTypes = {
  readonly [call: string]: { readonly request: unknown; readonly response: unknown };
};

/** The services of `Api`; any text where `Api` names none. */
export type ServiceOf<Api extends ApiTypes> = string extends keyof Api
  ? string
  : keyof Api extends `${infer Service} ${string}`
    ? Service
    : never;

/** The endpoints of one service of `Api`, as `METHOD:/path`. */
export type EndpointOf<Api extends ApiTypes, Service extends string> = string extends keyof Api
  ? string
  : keyof Api extends infer Call
    ? Call extends `${Service} ${infer Endpoint}`
      ? Endpoint
      : never
    : never;

export type CallOf<
  Api extends ApiTypes,
  Service extends string,
  Endpoint extends string,
> = `${Service} ${Endpoint}` extends keyof Api ? Api[`${Service} ${Endpoint}`] : ApiTypes[string];
