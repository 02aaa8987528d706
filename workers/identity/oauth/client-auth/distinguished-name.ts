/** Attribute types that have a name of their own (RFC 4514 §3), and `emailAddress`, by OID. */
const NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'EMAILADDRESS',
};

/** `type = value`, and the `,` or `+` that follows. */
const ATTRIBUTE =
  /\s*([A-Za-z][A-Za-z\d-]*|\d+(?:\.\d+)+)\s*=\s*((?:\\[\dA-Fa-f]{2}|\\[^\dA-Fa-f]|[^\\,+;"<>])*?)\s*(,|\+|$)/y;

/**
 * Whether two distinguished names say the same (RFC 4514): in the order and the case of their values,
 * whatever the spelling of types, escapes and the space between. A malformed one equals nothing.
 */
export function equalNames(a: string, b: string): boolean {
  const first = canonical(a);
  return first !== undefined && first === canonical(b);
}

function canonical(name: string): string | undefined {
  const rdns: string[][] = [[]];
  let at = 0;
  let separator = ',';
  while (separator !== '') {
    ATTRIBUTE.lastIndex = at;
    const [all, type = '', value = '', next = ''] = ATTRIBUTE.exec(name) ?? [];
    if (all === undefined) return undefined;
    rdns.at(-1)?.push(JSON.stringify([NAMES[type] ?? type.toUpperCase(), unescape(value)]));
    if (next === ',') rdns.push([]);
    at += all.length;
    separator = next;
  }
  return at === name.length ? JSON.stringify(rdns.map((rdn) => rdn.toSorted())) : undefined;
}

/** Escaped bytes are UTF-8; other escapes stand for their character (RFC 4514 §2.4). */
function unescape(value: string): string {
  const bytes = value.replaceAll(/(?:\\[\dA-Fa-f]{2})+/g, (escapes) =>
    new TextDecoder().decode(Uint8Array.fromHex(escapes.replaceAll('\\', ''))),
  );
  return bytes.replaceAll(/\\([^\dA-Fa-f])/g, '$1');
}
