import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { type ESTree, parseSync, Visitor } from 'vite';
import { describe, expect, it } from 'vitest';

/** The folders that are free of retired words. */
const COVERED = [
  'bench',
  'client',
  'examples',
  'scripts',
  'test/browser',
  'test/integration',
  'test/repo',
  'test/support/node',
  'test/unit/client',
  'test/unit/scripts',
  'test/unit/web',
  'web',
];

/** Everything else, where the plainest riddles are gone but ordinary locals such as `asked` remain. */
const OTHERS = ['durable-objects', 'shared', 'test', 'workers'];

const RIDDLES =
  /^(?:attending|courier|doom|doomed|farewell|knock|laggard|lone|memo|polled|remembered)$/;

/** Each retired word, and the words that replace it. A plural or a name that contains it counts, too. */
const RETIRED: ReadonlyMap<string, string> = new Map([
  ['arriving', 'the noun of what arrives'],
  ['asked', 'the noun of what is asked: request, terms'],
  ['attending', 'attach'],
  ['courier', 'delivery'],
  ['doom', 'close'],
  ['doomed', 'closing'],
  ['farewell', 'close connection'],
  ['kept', 'cached, stored'],
  ['knock', 'upgrade request'],
  ['laggard', 'slow client'],
  ['lone', 'access token only'],
  ['memo', 'cache'],
  ['polled', 'backchannel'],
  ['remembered', 'cached, stored'],
  ['standing', 'shared session, permission, role changes'],
  ['told', 'the noun of what is told: answer, notification'],
]);

/** Words that are retired as whole names, or as the first word of one. */
const RETIRED_FIRST: ReadonlyMap<string, string> = new Map([
  ['course', 'resume decision'],
  ['known', 'cached, stored'],
  ['say', 'set, send'],
]);

const RETIRED_NAMES: ReadonlyMap<string, string> = new Map([
  ['ownToken', 'client token'],
  ['reach', 'orUnavailable'],
  ['words', 'messages, text'],
]);

/** Members of the API and of stored data, whose names stay. */
const WIRE: ReadonlySet<string> = new Set(['asked', 'kept', 'laggards', 'polledAt']);

/** Names of terms of `docs/glossary.md` that contain a retired word: a kept token. */
const GLOSSARY: ReadonlySet<string> = new Set(['isKept', 'keptToken', 'keptTokens']);

const RETIRED_FILES = /-(?:driver|test|under-test|world)\.ts$/;

/** The retired word in a name, with its replacement; `undefined` if there is none. */
function retiredIn(name: string): string | undefined {
  if (GLOSSARY.has(name)) return undefined;
  const parts = wordsOf(name).map((word) => word.replace(/s$/, ''));
  const whole = name.replace(/^#/, '').replace(/Tokens$/, 'Token');
  const instead =
    parts.map((word) => RETIRED.get(word)).find((found) => found !== undefined) ??
    RETIRED_FIRST.get(parts[0] ?? '') ??
    RETIRED_NAMES.get(whole);
  return instead && `${name} → ${instead}`;
}

const isRiddle = (word: string): boolean => RIDDLES.test(word.replace(/s$/, ''));

/** The words of a camel-case, snake-case or kebab-case name, in lower case. */
const wordsOf = (name: string): readonly string[] =>
  (name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());

function retiredInFile(path: string): readonly string[] {
  const name = basename(path);
  const isFixture = path.startsWith('test/support/') && RETIRED_FILES.test(name);
  const own = retiredIn(name.replace(/\..*$/, ''));
  const found = [
    ...(isFixture ? [`${name} → -fixture.ts`] : []),
    ...(own === undefined ? [] : [own]),
    ...[...identifiersIn(path, readFileSync(path, 'utf8'))].flatMap(
      (identifier) => retiredIn(identifier) ?? [],
    ),
  ];
  return found.map((fault) => `${path}: ${fault}`);
}

/** The identifiers of a file, without its strings and comments, and without members of {@link WIRE}. */
function identifiersIn(path: string, source: string): ReadonlySet<string> {
  const { program, errors } = parseSync(path, source);
  if (errors[0] !== undefined) throw new Error(`Cannot read ${path}: ${errors[0].message}`);
  const names = new Set<string>();
  /** The offsets of members' names, which are visited after the node that has the member. */
  const members = new Set<number>();
  const skip = (member: ESTree.Node): void => {
    if (member.type === 'Identifier' && WIRE.has(member.name)) members.add(member.start);
  };
  const add = ({ name, start }: { readonly name: string; readonly start: number }): void => {
    if (!members.has(start)) names.add(name);
  };
  new Visitor({
    MemberExpression: ({ property }) => skip(property),
    Property: ({ key }) => skip(key),
    TSPropertySignature: ({ key }) => skip(key),
    Identifier: add,
    PrivateIdentifier: add,
  }).visit(program);
  return names;
}

const filesOf = (folders: readonly string[]): readonly string[] =>
  folders.flatMap((folder) =>
    globSync(`${folder}/**/*.{ts,tsx,mjs}`, { exclude: ['**/node_modules', '**/dist'] }),
  );

describe('names', () => {
  it('of files and identifiers contain no retired word of the vocabulary', () => {
    const files = filesOf(COVERED);
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap(retiredInFile)).toEqual([]);
  });

  it('of files and identifiers contain no unclear word', () => {
    const files = filesOf(OTHERS);
    expect(files.length).toBeGreaterThan(700);
    const faults = files.flatMap(retiredInFile).filter((fault) => {
      const [, name = ''] = /: (\S+) →/.exec(fault) ?? [];
      if (WIRE.has(name)) return false;
      return fault.endsWith('-fixture.ts') || wordsOf(name).some(isRiddle);
    });
    expect(faults).toEqual([]);
  });

  it.each([
    'KnownResources',
    'knownClients',
    'rememberedEntries',
    'RememberedLookups',
    'knockAt',
    'attending',
    'Farewell',
    'laggards',
    'Courier',
    'doomed',
    'loneToken',
    'StandingSession',
    'polledRequests',
    'POLLED_GRANTS',
    'ownTokens',
    '#kept',
    'Asked',
    'told',
    'reach',
    'say',
  ])('such as %s are found', (name) => {
    expect(retiredIn(name)).toContain(name);
  });

  it.each([
    'unknown',
    'wellKnownPath',
    'remember',
    'keep',
    'outstanding',
    'understandingOf',
    'task',
    'reachable',
    'unreachable',
    'sayings',
    'alone',
    'memory',
    'passwords',
    'keywords',
    'keptToken',
  ])('such as %s are allowed', (name) => {
    expect(retiredIn(name)).toBeUndefined();
  });

  it('in strings and comments are ignored', () => {
    const names = identifiersIn('a.ts', "/** known */ const value = 'told'; // asked");
    expect([...names]).toEqual(['value']);
  });

  it('of members of the API are ignored', () => {
    const names = identifiersIn('a.ts', 'type A = { kept: 1 }; a.kept = { kept: 2 }; let asked;');
    expect([...names]).toEqual(['A', 'a', 'asked']);
  });
});
