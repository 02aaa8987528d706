import {
  admitSession,
  applyAccount,
  expectAccountChange,
  renewAuthentication,
} from '../../durable-objects/user/account.ts';
import { issueCode, redeemCode } from '../../durable-objects/user/authorization-codes.ts';
import { toRevocation } from '../../durable-objects/user/destinations.ts';
import { readRefreshToken, rotate } from '../../durable-objects/user/rotation.ts';
import {
  checkSession,
  endAllSessions,
  endClientSessions,
  endSession,
  listSessions,
  readSession,
  recordAccessToken,
  touchSession,
} from '../../durable-objects/user/sessions.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Revocation } from '../../shared/contracts/identity/revocation-log.ts';
import type { UserSessions } from '../../shared/contracts/identity/user-sessions.ts';
import { MemoryUserStore } from './memory-user-store.ts';

/** A user's object without its storage and deliveries: the real rules over memory. */
export class MemoryUser implements UserSessions {
  readonly store = new MemoryUserStore();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes out of the outbox what the revocation log is to be told. */
  takeRevocations(): readonly Revocation[] {
    const waiting = this.store.outbox
      .waiting()
      .filter(({ destination }) => destination === 'revocation-log');
    for (const { seq } of waiting) this.store.outbox.remove(seq);
    return waiting.map(toRevocation);
  }

  async openSession(...[request]: Request<'openSession'>): Answered<'openSession'> {
    return admitSession(this.store, request, this.#clock()).answer;
  }
  async rotate(...[request]: Request<'rotate'>): Answered<'rotate'> {
    return rotate(this.store, request, this.#clock());
  }
  async listSessions(): Answered<'listSessions'> {
    return listSessions(this.store, this.#clock());
  }
  async checkSession(...[id]: Request<'checkSession'>): Answered<'checkSession'> {
    return checkSession(this.store, id, this.#clock());
  }
  async touchSession(...[id]: Request<'touchSession'>): Answered<'touchSession'> {
    touchSession(this.store, id, this.#clock());
  }
  async recordAccessToken(
    ...[record]: Request<'recordAccessToken'>
  ): Answered<'recordAccessToken'> {
    return recordAccessToken(this.store, record, this.#clock());
  }
  async endSession(...[id, reason]: Request<'endSession'>): Answered<'endSession'> {
    return endSession(this.store, id, reason, this.#clock()) > 0;
  }
  async endAllSessions(
    ...[{ keep, reason }]: Request<'endAllSessions'>
  ): Answered<'endAllSessions'> {
    return endAllSessions(this.store, keep, reason, this.#clock());
  }
  async readSession(...[id]: Request<'readSession'>): Answered<'readSession'> {
    return readSession(this.store, id, this.#clock());
  }
  async reauthenticate(...[request]: Request<'reauthenticate'>): Answered<'reauthenticate'> {
    return renewAuthentication(this.store, request, this.#clock());
  }
  async relyingParties(...[id]: Request<'relyingParties'>): Answered<'relyingParties'> {
    return this.store.relyingParties(id);
  }
  async endClientSessions(
    ...[clientId, reason]: Request<'endClientSessions'>
  ): Answered<'endClientSessions'> {
    return endClientSessions(this.store, clientId, reason, this.#clock());
  }
  async expectAccountChange(): Answered<'expectAccountChange'> {
    expectAccountChange(this.store, this.#clock());
  }
  async accountChanged(
    ...[{ account, keep }]: Request<'accountChanged'>
  ): Answered<'accountChanged'> {
    applyAccount(this.store, account, keep, this.#clock());
  }
  async issueCode(...[request]: Request<'issueCode'>): Answered<'issueCode'> {
    return issueCode(this.store, request, this.#clock());
  }
  async redeemCode(...[request]: Request<'redeemCode'>): Answered<'redeemCode'> {
    return redeemCode(this.store, request, this.#clock()).redeemed;
  }
  async readRefreshToken(...[token]: Request<'readRefreshToken'>): Answered<'readRefreshToken'> {
    return readRefreshToken(this.store, token, this.#clock());
  }
}

type Request<Method extends keyof UserSessions> = Parameters<UserSessions[Method]>;
type Answered<Method extends keyof UserSessions> = ReturnType<UserSessions[Method]>;
