export type AlternativeName = { readonly kind: string; readonly value: string };

/** `kind:value`; a value with something in it that could mislead is a JSON string. */
const NAME = /(?:^|, )([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?=, |$)/y;

/**
 * Reads the text that `X509Certificate.subjectAltName` is.
 *
 * @returns Nothing, if any of it is not understood (CVE-2021-44532).
 */
export function alternativeNames(text: string): readonly AlternativeName[] {
  const names: AlternativeName[] = [];
  let at = 0;
  while (at < text.length) {
    NAME.lastIndex = at;
    const [all, kind = '', value = ''] = NAME.exec(text) ?? [];
    if (all === undefined) return [];
    names.push({ kind, value: value.startsWith('"') ? String(JSON.parse(value)) : value });
    at += all.length;
  }
  return names;
}
