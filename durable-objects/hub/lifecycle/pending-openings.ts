/** Why a connection may not open after all. */
export type OpeningRefusal = 'ended' | 'superseded';

type Opening = { readonly connectionId: string; readonly sessionId: string; doom?: OpeningRefusal };

/**
 * Connections that are being opened: the hub waits for the directory and for identity, and there is
 * no socket yet that could be closed.
 *
 * What happens to their sessions in that time is noted here and obeyed before the socket is
 * accepted. It lives in memory only: the requests that wait end with the object.
 */
export class PendingOpenings {
  readonly #openings = new Set<Opening>();

  begin(
    connectionId: string,
    sessionId: string,
  ): Disposable & { readonly doom: OpeningRefusal | undefined } {
    const opening: Opening = { connectionId, sessionId };
    this.#openings.add(opening);
    return {
      get doom() {
        return opening.doom;
      },
      [Symbol.dispose]: () => this.#openings.delete(opening),
    };
  }

  endSession(sessionId: string): void {
    for (const opening of this.#openings) {
      if (opening.sessionId === sessionId) opening.doom = 'ended';
    }
  }

  /** Returns whether the connection is being opened. */
  supersede(connectionId: string): boolean {
    const opening = [...this.#openings].find((each) => each.connectionId === connectionId);
    if (opening !== undefined) opening.doom ??= 'superseded';
    return opening !== undefined;
  }
}
