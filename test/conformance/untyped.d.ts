declare module 'passport-openidconnect' {
  import type { Strategy as Base } from 'passport';

  type Done = (error: unknown, result?: unknown) => void;
  type Exchange = (code: string, parameters: Readonly<Record<string, string>>, done: Done) => void;

  /** Declares what the tests use. */
  export default class Strategy implements Base {
    name: string;
    _oauth2: { getOAuthAccessToken: Exchange };
    constructor(
      options: Readonly<Record<string, unknown>>,
      verify: (issuer: string, profile: object, done: Done) => void,
    );
    authenticate(): void;
    authorizationParams(): Readonly<Record<string, string>>;
  }
}
