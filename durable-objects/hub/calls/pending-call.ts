/** A call that was taken and is not done. Its client may say that it no longer waits for it. */
export class PendingCall {
  #aborter: AbortController | undefined;
  #isCancelled = false;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Aborted when the call is cancelled. Made when it is first asked for: most calls need none. */
  get signal(): AbortSignal {
    this.#aborter ??= new AbortController();
    if (this.#isCancelled) this.#aborter.abort();
    return this.#aborter.signal;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#aborter?.abort();
  }
}
