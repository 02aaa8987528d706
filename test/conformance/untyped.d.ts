declare module 'passport-openidconnect' {
  import type { Strategy as Base } from 'passport';

  type Done = (error: unknown, result?: unknown) => void;

  /** Declares what the tests use. */
  export default class Strategy implements Base {
    name: string;
    constructor(
      options: Readonly<Record<string, unknown>>,
      verify: (issuer: string, profile: object, done: Done) => void,
    );
    authenticate(): void;
  }
}
