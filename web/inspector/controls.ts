import { byId, setText } from './dom.ts';
import type { CloseReason, Inspector } from './inspector.ts';
import { fill, type Messages } from './messages.ts';
import { replayText } from './stream-check.ts';

/** The state of the connection and the buttons that change it. */
export class Controls {
  readonly #status = byId('status', HTMLElement);
  readonly #replay = byId('replay', HTMLElement);
  readonly #position = byId('position', HTMLElement);
  readonly #clock = byId('token-clock', HTMLElement);
  readonly #connect = byId('connect', HTMLButtonElement);
  readonly #resume = byId('resume', HTMLButtonElement);
  readonly #whileOpen = ['drop', 'disconnect', 'ping', 'reauthenticate'].map((id) =>
    byId(id, HTMLButtonElement),
  );
  readonly #inspector: Inspector;
  readonly #messages: Messages;

  constructor(inspector: Inspector, messages: Messages) {
    this.#inspector = inspector;
    this.#messages = messages;
    this.#connect.addEventListener('click', () => void inspector.connect());
    this.#resume.addEventListener('click', () => void inspector.resume());
    const [drop, disconnect, ping, reauthenticate] = this.#whileOpen;
    drop?.addEventListener('click', () => inspector.drop());
    disconnect?.addEventListener('click', () => inspector.disconnect());
    ping?.addEventListener('click', () => inspector.ping());
    reauthenticate?.addEventListener('click', () => void inspector.reauthenticate());
  }

  show(): void {
    const { state, canResume, position } = this.#inspector;
    const isOpen = state.name === 'open';
    const focused = document.activeElement;
    this.#connect.disabled = isOpen || state.name === 'connecting';
    this.#resume.disabled = !canResume;
    for (const button of this.#whileOpen) button.disabled = !isOpen;
    if (focused instanceof HTMLButtonElement && focused.disabled) this.#moveFocus();
    setText(this.#status, this.#statusText());
    setText(this.#position, position === 0 ? '' : String(position));
    setText(this.#replay, this.#replayText());
    this.showClock();
  }

  /** Shows the remaining life of the access token. Screen readers skip it: it changes every second. */
  showClock(): void {
    const { token } = this.#inspector;
    if (token === undefined) return;
    const left = Math.max(0, Math.round((token.expiresAt - performance.now()) / 1_000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    setText(
      this.#clock,
      left === 0 ? this.#messages.tokenOver : fill(this.#messages.tokenLeft, { time }),
    );
  }

  /** A disabled button cannot be left by keyboard, so the focus moves to an enabled one. */
  #moveFocus(): void {
    const buttons = [this.#resume, ...this.#whileOpen, this.#connect];
    const next = buttons.find(({ disabled }) => !disabled);
    if (next === undefined) this.#status.focus();
    else next.focus();
  }

  #replayText(): string {
    const { replay, hasLostStream } = this.#inspector;
    if (hasLostStream) return this.#messages.began;
    return replay === undefined ? '' : replayText(replay, this.#messages);
  }

  #statusText(): string {
    const { state, position } = this.#inspector;
    if (state.name !== 'closed') return this.#messages[state.name];
    const text = this.#messages[MESSAGE_OF[state.reason]];
    return fill(text, { sequence: position, code: state.code });
  }
}

const MESSAGE_OF = {
  disconnected: 'disconnected',
  dropped: 'dropped',
  lost: 'lost',
  refused: 'refused',
  signed_out: 'signedOut',
  failed: 'failed',
} as const satisfies Record<CloseReason, keyof Messages>;
