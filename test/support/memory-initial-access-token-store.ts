import { type Bytes, toBase64Url } from '../../shared/bytes.ts';
import type {
  InitialAccessToken,
  InitialAccessTokenStore,
} from '../../workers/identity/oauth/register/initial-access-token-store.ts';

/** An {@link InitialAccessTokenStore} in memory, for tests of the routes. */
export class MemoryInitialAccessTokenStore implements InitialAccessTokenStore {
  readonly stored = new Map<string, InitialAccessToken>();

  async create(token: InitialAccessToken, hash: Bytes): Promise<void> {
    this.stored.set(toBase64Url(hash), token);
  }

  async list(): Promise<readonly InitialAccessToken[]> {
    return [...this.stored.values()].toSorted((a, b) => b.createdAt - a.createdAt);
  }

  async isUsable(hash: Bytes, at: number): Promise<boolean> {
    return this.#usable(hash, at) !== undefined;
  }

  async use(hash: Bytes, at: number): Promise<boolean> {
    const token = this.#usable(hash, at);
    if (token === undefined) return false;
    const usesLeft = token.usesLeft === null ? null : token.usesLeft - 1;
    this.stored.set(toBase64Url(hash), { ...token, usesLeft });
    return true;
  }

  async delete(id: string): Promise<boolean> {
    const [key] = [...this.stored].find(([, token]) => token.id === id) ?? [];
    return key !== undefined && this.stored.delete(key);
  }

  #usable(hash: Bytes, at: number): InitialAccessToken | undefined {
    const token = this.stored.get(toBase64Url(hash));
    if (token === undefined || token.usesLeft === 0) return undefined;
    return (token.expiresAt ?? Infinity) > at ? token : undefined;
  }
}
