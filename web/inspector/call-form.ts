import { utf8 } from '../../shared/bytes.ts';
import { Flag } from '../../shared/hub-protocol/frame.ts';
import type { Answer, Call, CallRequest, NoAnswer } from './calls.ts';
import { byId, setText } from './dom.ts';
import { examplePayload } from './example.ts';
import { codeName, readHex } from './frame.ts';
import { describedBy, type Inspector } from './inspector.ts';
import type { Target } from './manifest-view.ts';
import { fill, type Messages } from './messages.ts';

/** The channel of a meta request that asks for the schema of the payload. */
const REQUEST_SCHEMA = 1;

/** The form that sends and cancels a call. */
export class CallForm {
  readonly #target = byId('target', HTMLElement);
  readonly #payload = byId('payload', HTMLTextAreaElement);
  readonly #channel = byId('channel', HTMLInputElement);
  readonly #binary = byId('flag-binary', HTMLInputElement);
  readonly #event = byId('flag-event', HTMLInputElement);
  readonly #meta = byId('flag-meta', HTMLInputElement);
  readonly #metaKind = byId('meta-kind', HTMLSelectElement);
  readonly #send = byId('send', HTMLButtonElement);
  readonly #cancel = byId('cancel', HTMLButtonElement);
  readonly #outcome = byId('outcome', HTMLElement);
  readonly #inspector: Inspector;
  readonly #messages: Messages;
  #guid: string | undefined;
  /** The call that waits for its answer. */
  #waiting: Call | undefined;

  constructor(inspector: Inspector, messages: Messages) {
    this.#inspector = inspector;
    this.#messages = messages;
    byId('call', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#cancel.addEventListener('click', () => {
      if (this.#waiting !== undefined) inspector.cancel(this.#waiting.messageId);
    });
    this.#meta.addEventListener('change', () => this.show());
  }

  show(): void {
    const isOpen = this.#inspector.state.name === 'open';
    const canCancel = this.#inspector.endpoint('connect', 'POST:/connect/cancel') !== undefined;
    this.#send.disabled = !isOpen;
    this.#cancel.disabled = !isOpen || !canCancel || this.#waiting === undefined;
    this.#channel.disabled = this.#meta.checked;
    this.#metaKind.disabled = !this.#meta.checked;
  }

  /** Fills the form in for a target, with an example of its payload. */
  async choose({ guid, name }: Target): Promise<void> {
    this.#guid = guid;
    setText(this.#target, name);
    this.#payload.value = '';
    if (this.#inspector.state.name !== 'open') return;
    const payload = new Uint8Array();
    const request = { guid, flags: Flag.meta, channel: REQUEST_SCHEMA, payload };
    const answer = await this.#inspector.call(request).answer;
    const isUnchanged = this.#guid === guid && this.#payload.value === '';
    if (isUnchanged && typeof answer === 'object' && answer.code === 0) {
      this.#payload.value = examplePayload(describedBy(answer.payload));
    }
  }

  async #submit(): Promise<void> {
    const request = this.#request();
    if (typeof request === 'string') return setText(this.#outcome, request);
    const sent = performance.now();
    const call = this.#inspector.call(request);
    this.#waiting = call;
    setText(this.#outcome, this.#messages.waiting);
    this.show();
    const answer = await call.answer;
    if (this.#waiting === call) this.#waiting = undefined;
    setText(this.#outcome, this.#outcomeText(answer, performance.now() - sent));
    this.show();
  }

  /** @returns The request, or a message if the form cannot be sent. */
  #request(): CallRequest | string {
    if (this.#guid === undefined) return this.#messages.chooseFirst;
    const text = this.#payload.value;
    const payload = this.#binary.checked ? readHex(text) : utf8(text);
    if (payload === undefined) return this.#messages.notHex;
    const flags =
      (this.#binary.checked ? Flag.binary : 0) |
      (this.#event.checked ? Flag.event : 0) |
      (this.#meta.checked ? Flag.meta : 0);
    const channel = Number(this.#meta.checked ? this.#metaKind.value : this.#channel.value);
    return { guid: this.#guid, flags, channel, payload };
  }

  #outcomeText(answer: Answer | NoAnswer, took: number): string {
    if (typeof answer === 'object') {
      return fill(this.#messages.answered, { code: codeName(answer.code), ms: Math.round(took) });
    }
    const texts = { not_expected: 'sent', cancelled: 'cancelled', closed: 'gone' } as const;
    return this.#messages[texts[answer]];
  }
}
