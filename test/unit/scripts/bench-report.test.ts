import { describe, expect, it } from 'vitest';
import { COLD } from '../../../bench/cold-names.ts';
import { NOTHING_DUE } from '../../../bench/hub/tally.ts';
import type { TrialResults } from '../../../bench/hub/trial-results.ts';
import { type Report, renderReport } from '../../../bench/report.ts';
import type { RowKey } from '../../../bench/row-key.ts';
import type { Sample } from '../../../bench/sample.ts';
import { judgeLatency, judgeRatio, summarise } from '../../../bench/summary.ts';
import { table } from '../../../bench/table.ts';
import {
  judge,
  LATENCY_TARGETS,
  MESSAGE_TARGETS,
  THROUGHPUT_TARGETS,
} from '../../../bench/targets.ts';
import { verdicts } from '../../../bench/verdicts.ts';

const sample = (more: Partial<Sample> = {}): Sample => ({
  perSecond: 1_000,
  answered: 4_000,
  refused: {},
  lost: 0,
  p50: 900,
  p99: 2_000,
  generatorBusy: 0.25,
  lateP99: 0,
  tokens: [],
  serverMicros: 40,
  ...more,
});

const rounds = (...perSecond: number[]): Sample[] =>
  perSecond.map((value) => sample({ perSecond: value }));

describe('judge', () => {
  it.each([
    [{ atLeast: 0.85 }, 0.935, '≥ 0.85', '0.94', 'met, 10.0 % to spare'],
    [{ atLeast: 0.85 }, 0.85, '≥ 0.85', '0.85', 'met, 0.0 % to spare'],
    [{ atLeast: 2 }, 1, '≥ 2', '1.00', 'MISSED by 50.0 %'],
    [{ atMost: 1.3 }, 1.17, '≤ 1.3', '1.17', 'met, 10.0 % to spare'],
    [{ atMost: 150 }, 165, '≤ 150', '165.00', 'MISSED by 10.0 %'],
  ])('compares %j with %d', (bound, measured, wanted, shown, verdict) => {
    expect(judge('c', bound, measured)).toEqual({ claim: 'c', wanted, measured: shown, verdict });
  });

  it.each([undefined, Number.NaN, Number.POSITIVE_INFINITY])('calls %s invalid', (measured) => {
    expect(judge('c', { atLeast: 1 }, measured).verdict).toBe('INVALID');
  });
});

describe('judgeLatency', () => {
  const p99 = (...values: number[]): Sample[] => values.map((value) => sample({ p99: value }));
  const judged = (above: Sample[], below: Sample[]) =>
    LATENCY_TARGETS.slice(0, 1).map((target) => {
      const samples = new Map([
        [target.above, above],
        [target.below, below],
      ]);
      return judgeLatency(target, samples);
    });

  it('compares the rounds in which the machine did not stall', () => {
    const verdict = judged(p99(120, 90_000, 130, 95_000), p99(100, 100, 80_000, 99_000));
    expect(verdict).toMatchObject([{ measured: '1.20' }]);
  });

  it('is invalid for a row that did not run, or lost an answer', () => {
    expect(judged([], p99(100))).toMatchObject([{ verdict: 'INVALID' }]);
    expect(judged(p99(100), [sample({ lost: 1 })])).toMatchObject([{ verdict: 'INVALID' }]);
  });
});

describe('judgeRatio', () => {
  const target = {
    claim: 'x : y',
    above: 'validate-get-one',
    below: 'noop-get',
    bound: { atLeast: 0.85 },
  } as const;
  const judged = (above: Sample[], below: Sample[]) =>
    judgeRatio(
      target,
      new Map<RowKey, Sample[]>([
        ['validate-get-one', above],
        ['noop-get', below],
      ]),
      (one) => one.perSecond,
    );

  it('compares round by round', () => {
    expect(judged(rounds(90, 9, 95), rounds(100, 10, 100)).measured).toBe('0.90');
  });

  it.each([
    ['an answer was not 2xx', [sample({ refused: { 429: 1 } })], [sample()]],
    ['the floor lost a connection', [sample()], [sample({ lost: 1 })]],
    ['a row had no answer', [sample({ perSecond: 0 })], [sample()]],
    ['a row was not run', [], [sample()]],
  ])('is invalid where %s', (_, above, below) => {
    expect(judged(above, below).verdict).toBe('INVALID');
  });
});

describe('summarise', () => {
  it('returns medians, and sums of failures', () => {
    const summary = summarise([
      sample({ perSecond: 10, p99: 5, refused: { 429: 2, 500: 1 } }),
      sample({ perSecond: 30, p99: 7, refused: { 429: 3 }, lost: 4, serverMicros: undefined }),
      sample({ perSecond: 20, p99: 6, serverMicros: 60 }),
    ]);
    expect(summary).toMatchObject({
      perSecond: { median: 20, min: 10, max: 30 },
      p99: 6,
      serverMicros: 50,
      flaws: ['5 × status 429', '1 × status 500', '4 lost'],
    });
  });

  it('has no processor time where the system does not report it', () => {
    expect(summarise([sample({ serverMicros: undefined })]).serverMicros).toBeUndefined();
  });
});

const idle = (kilobytesEach: number) => ({
  sockets: 100,
  before: 1,
  after: 2,
  kilobytesEach,
  heapKilobytesEach: kilobytesEach / 10,
  lost: 0,
});
const SOUND_TRIALS: TrialResults = {
  idle: { hub: idle(70), floor: idle(55) },
  storm: { sockets: 9, seconds: 1, resumed: 9, failures: 0 },
  soak: { ...NOTHING_DUE, clients: 9, kills: 1, events: 5, resumed: 9, failures: 0 },
};

describe('verdicts', () => {
  const everyRow = new Map(
    [...THROUGHPUT_TARGETS, ...LATENCY_TARGETS, ...MESSAGE_TARGETS]
      .flatMap(({ above, below }) => [above, below])
      .map((key) => [key, rounds(7)]),
  );

  it('contain one for every target', () => {
    const coldStarts = new Map([
      [COLD.edge, { median: 30, min: 1, max: 40 }],
      [COLD.noop, { median: 20, min: 1, max: 40 }],
      [COLD.edgeBeside, { median: 60, min: 1, max: 40 }],
      [COLD.noopBeside, { median: 30, min: 1, max: 40 }],
    ]);
    const bundles = [{ name: 'sallyport-edge', kibibytes: 300, gzipKibibytes: 100 }];
    const measured = { throughput: everyRow, latency: everyRow, messages: everyRow };
    const found = verdicts({ ...measured, coldStarts, bundles, trials: SOUND_TRIALS });
    const ratios = THROUGHPUT_TARGETS.length + LATENCY_TARGETS.length + MESSAGE_TARGETS.length;
    expect(found).toHaveLength(ratios + 3 + 9);
    expect(found.map(({ measured: shown }) => shown)).not.toContain('–');
    const others = found.filter(({ measured: shown }) => shown !== '1.00' && shown !== '0.00');
    expect(others.map(({ measured: shown }) => shown)).toEqual([
      '1.50',
      '2.00',
      '100.00',
      '70.00',
      '15.00',
      '7.00',
    ]);
  });

  it('are invalid for the memory of sockets of which some were lost', () => {
    const lossy = { hub: { ...idle(7), lost: 1 }, floor: idle(5) };
    const empty = { throughput: new Map(), latency: new Map(), messages: new Map(), bundles: [] };
    const found = verdicts({ ...empty, coldStarts: new Map(), trials: { idle: lossy } });
    expect(new Set(found.map(({ verdict }) => verdict))).toEqual(new Set(['INVALID']));
  });

  it('are invalid for what was not measured', () => {
    const nothing = { throughput: new Map(), latency: new Map(), coldStarts: new Map() };
    const found = verdicts({ ...nothing, bundles: [], messages: new Map(), trials: {} });
    expect(new Set(found.map(({ verdict }) => verdict))).toEqual(new Set(['INVALID']));
  });
});

describe('table', () => {
  it('aligns its columns, numbers to the right', () => {
    expect(
      table(
        ['name', 'ms'],
        [
          ['a', '10.25'],
          ['longer', '9'],
        ],
      ),
    ).toBe(
      ['| name   |    ms |', '| ------ | ----: |', '| a      | 10.25 |', '| longer |     9 |'].join(
        '\n',
      ),
    );
  });
});

describe('renderReport', () => {
  const report: Report = {
    date: '2026-11-23',
    machine: 'a processor, 2 cores',
    separateCores: true,
    versions: { node: '26.0.0', workerd: '1.2' },
    extent: 'full',
    verdicts: [judge('a : b', { atLeast: 0.85 }, 0.5)],
    throughput: [
      { label: 'sound', summary: summarise([sample({ perSecond: 12_345 })]) },
      { label: 'flawed', summary: summarise([sample({ refused: { 401: 9 } })]) },
    ],
    equalLoad: { perSecond: 6_000, rows: [{ label: 'sound', summary: summarise([sample()]) }] },
    coldStarts: new Map([['edge', { median: 12.34, min: 10, max: 15 }]]),
    bundles: [{ name: 'sallyport-edge', kibibytes: 200, gzipKibibytes: 61.25 }],
    echo: [{ label: 'a hub', summary: summarise([sample()]), ofFloor: 0.875 }],
    broadcast: [],
    trials: SOUND_TRIALS,
    notes: ['one'],
  };

  it('shows numbers, verdicts and invalid rows', () => {
    const text = renderReport(report);
    expect(text).toContain('MISSED by 41.2 %');
    expect(text).toMatch(/\| sound +\| 12,345 \|/);
    expect(text).toMatch(/\| flawed .* INVALID: 9 × status 401 \|/);
    expect(text).toMatch(/\| edge +\| 12\.3 \| +10\.0–15\.0 \|/);
    expect(text).toMatch(/\| sallyport-edge \| 200\.0 \| +61\.3 \|/);
    expect(text).toMatch(/\| a hub +\| +1,000 .* 0\.88 .* all right \|/);
    expect(text).toMatch(/\| Sallyport, hub +\| +100 \| +70\.0 \| +7\.0 \|/);
    expect(text).toContain('node 26.0.0, workerd 1.2');
    expect(text.endsWith('- one\n')).toBe(true);
  });

  it('has no section for what was not measured', () => {
    expect(renderReport(report)).toContain('## Hub: echo');
    expect(renderReport(report)).not.toContain('## Hub: broadcast');
  });

  it('notes that server and generator share cores', () => {
    expect(renderReport({ ...report, separateCores: false })).toContain('NOT pinned');
    expect(renderReport(report)).not.toContain('NOT pinned');
  });
});
