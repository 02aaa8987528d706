/** The script's texts in the language of the page. `{name}` is replaced by a value. */
export type Messages = {
  readonly idle: string;
  readonly connecting: string;
  readonly open: string;
  readonly disconnected: string;
  readonly dropped: string;
  readonly lost: string;
  readonly refused: string;
  readonly signedOut: string;
  readonly failed: string;

  readonly began: string;
  readonly resumed: string;
  readonly nothingMissed: string;
  readonly replayed: string;
  readonly gap: string;
  readonly missing: string;
  readonly noneMissing: string;
  readonly repeated: string;

  readonly tokenLeft: string;
  readonly tokenOver: string;

  readonly limits: {
    readonly maxPayloadBytes: string;
    readonly messagesPerMinute: string;
    readonly maxChannel: string;
    readonly maxInFlight: string;
  };
  readonly endpoints: string;
  readonly noShortcuts: string;

  readonly waiting: string;
  readonly answered: string;
  readonly sent: string;
  readonly cancelled: string;
  readonly gone: string;
  readonly notHex: string;
  readonly chooseFirst: string;

  readonly directions: { readonly in: string; readonly out: string };
  readonly kinds: {
    readonly request: string;
    readonly response: string;
    readonly event: string;
    readonly control: string;
  };
  readonly frames: string;
  readonly bytes: string;
  readonly moreBytes: string;
  readonly header: string;
  readonly offset: string;
  readonly field: string;
  readonly value: string;
  readonly fields: {
    readonly flags: string;
    readonly channel: string;
    readonly sequence: string;
    readonly guid: string;
    readonly messageId: string;
    readonly code: string;
    readonly payload: string;
  };
  readonly rawBytes: string;
  readonly payloadText: string;
  readonly textFrame: string;
  readonly hub: string;
  readonly everybody: string;
  readonly thisClient: string;
};

/** Replaces `{name}` by the value of that name. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
