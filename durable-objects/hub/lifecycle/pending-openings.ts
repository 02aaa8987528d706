/** Why a connection must not open after all. */
export type OpeningRefusal = 'ended' | 'superseded';

type Opening = {
  readonly connectionId: string;
  readonly sessionId: string;
  refusal?: OpeningRefusal;
};

/**
 * Connections that are opening: the hub waits for the directory and for identity, and has no socket
 * yet that it could close.
 *
 * If the session ends meanwhile, that is recorded here and obeyed before the socket is accepted. The
 * records are in memory only, as are the requests that wait.
 */
export class PendingOpenings {
  readonly #openings = new Set<Opening>();

  begin(
    connectionId: string,
    sessionId: string,
  ): Disposable & { readonly refusal: OpeningRefusal | undefined } {
    const opening: Opening = { connectionId, sessionId };
    this.#openings.add(opening);
    return {
      get refusal() {
        return opening.refusal;
      },
      [Symbol.dispose]: () => this.#openings.delete(opening),
    };
  }

  endSession(sessionId: string): void {
    for (const opening of this.#openings) {
      if (opening.sessionId === sessionId) opening.refusal = 'ended';
    }
  }

  /** Returns whether the connection is opening. */
  supersede(connectionId: string): boolean {
    const opening = [...this.#openings].find((each) => each.connectionId === connectionId);
    if (opening !== undefined) opening.refusal ??= 'superseded';
    return opening !== undefined;
  }
}
