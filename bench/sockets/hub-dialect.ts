import { z } from 'zod';
import {
  Flag,
  hasFlag,
  REQUEST_HEADER_BYTES,
  RESPONSE_HEADER_BYTES,
} from '../../shared/hub-protocol/frame.ts';
import { guidFromText } from '../../shared/hub-protocol/guid.ts';
import { type Dialect, ECHOED_BYTES, RIGHT, WRONG } from './dialect.ts';
import type { Message } from './frame.ts';
import { numbered, requestTemplate } from './plain-dialect.ts';

const Manifest = z.object({
  availableApis: z.array(z.object({ serviceId: z.string(), endpoint: z.string() })),
});

/** The hub's messages. Each session has its own, because the GUIDs of endpoints differ. */
export class HubDialect implements Dialect {
  readonly isGreeted = true;
  #template: Buffer = requestTemplate(new Uint8Array(16));

  /** @throws {Error} If the first frame is not a manifest with an echo endpoint. */
  greet({ payload }: Message): boolean {
    const text = payload.toString('utf8', REQUEST_HEADER_BYTES);
    const { availableApis } = Manifest.parse(JSON.parse(text));
    const echo = availableApis.find(({ endpoint }) => endpoint === 'POST:/echo');
    const guid = guidFromText(echo?.serviceId ?? '');
    if (guid === undefined) throw new Error(`Cannot find the echo in ${text.slice(0, 300)}`);
    this.#template = requestTemplate(guid);
    return true;
  }

  question(id: number): Message {
    return numbered(this.#template, id);
  }

  answer({ payload }: Message, id: number): number | undefined {
    if (!hasFlag(payload[0] ?? 0, Flag.response)) return undefined;
    const code = payload[RESPONSE_HEADER_BYTES - 1] ?? WRONG;
    if (code !== 0) return code;
    const isWhole = payload.length === RESPONSE_HEADER_BYTES + ECHOED_BYTES;
    return isWhole && payload.readUInt32BE(11) === id ? RIGHT : WRONG;
  }

  brings({ payload }: Message, mark: string): boolean {
    return hasFlag(payload[0] ?? 0, Flag.event) && payload.includes(mark, REQUEST_HEADER_BYTES);
  }
}
