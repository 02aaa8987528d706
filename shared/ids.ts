/**
 * Identifiers: strings at run time, distinct types at compile time.
 *
 * A plain string becomes an identifier in this module and nowhere else, which is why the linter
 * forbids type assertions everywhere but here.
 *
 * @module
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** An account; the `sub` of its tokens. A UUID. */
export type AccountId = Branded<'AccountId'>;
/** A session; the `sid` of its tokens (OpenID Connect Front-Channel Logout §3). */
export type SessionId = Branded<'SessionId'>;
/** A refresh-token family: every token that descends from one sign-in. A UUID. */
export type FamilyId = Branded<'FamilyId'>;
/** The `jti` of a token (RFC 7519 §4.1.7). */
export type TokenId = Branded<'TokenId'>;
/** An OAuth client (RFC 6749 §2.2). */
export type ClientId = Branded<'ClientId'>;

type IdType<Id extends string> = {
  /** Reads an identifier from outside. Returns `undefined` if `text` does not have the shape. */
  parse(text: string): Id | undefined;
  /**
   * Reads an identifier this system wrote itself, such as a database column.
   *
   * @throws {TypeError} If `text` does not have the shape: the stored data is corrupt.
   */
  restore(text: string): Id;
};

function idType<Id extends string>(name: string, shape: RegExp): IdType<Id> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place brands are made
  const parse = (text: string) => (shape.test(text) ? (text as Id) : undefined);
  return {
    parse,
    restore(text) {
      const id = parse(text);
      if (id === undefined)
        throw new TypeError(`Cannot restore ${name}: the text has another shape`);
      return id;
    },
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const AccountId = idType<AccountId>('AccountId', UUID);
export const FamilyId = idType<FamilyId>('FamilyId', UUID);
export const SessionId = idType<SessionId>('SessionId', /^ses_[a-z2-7]{26}$/);
export const TokenId = idType<TokenId>('TokenId', /^[A-Za-z0-9_-]{8,64}$/);
export const ClientId = idType<ClientId>('ClientId', /^[\x21-\x7e]{1,255}$/);

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** 130 random bits in 26 letters. */
function randomBase32(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(26));
  // 256 is a multiple of 32, so every letter is equally likely.
  return Array.from(bytes, (byte) => BASE32[byte % 32]).join('');
}

export const newAccountId = (): AccountId => AccountId.restore(crypto.randomUUID());
export const newFamilyId = (): FamilyId => FamilyId.restore(crypto.randomUUID());
export const newSessionId = (): SessionId => SessionId.restore(`ses_${randomBase32()}`);
export const newTokenId = (): TokenId => TokenId.restore(randomBase32());
