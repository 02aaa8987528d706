/**
 * Renders the results of a benchmark as text. Pure.
 *
 * @module
 */

import { BROADCAST_SOCKETS, ECHO_SOCKETS } from './contestants/socket-counts.ts';
import type { TrialResults } from './hub/trial-results.ts';
import { trialSections } from './hub/trial-sections.ts';
import type { Spread } from './stats.ts';
import type { RowSummary } from './summary.ts';
import { table } from './table.ts';
import type { Verdict } from './targets.ts';

/** The size of one Worker's modules, minified. */
export type BundleSize = {
  readonly name: string;
  readonly kibibytes: number;
  readonly gzipKibibytes: number;
};

export type LabelledRow = { readonly label: string; readonly summary: RowSummary };

/** The ratio of a row's rate to that of its floor, round by round. */
export type MessageRow = LabelledRow & { readonly ofFloor: number | undefined };

export type Report = {
  readonly date: string;
  readonly machine: string;
  /** Whether server and generator had one core each. */
  readonly separateCores: boolean;
  readonly versions: Readonly<Record<string, string>>;
  readonly extent: string;
  readonly verdicts: readonly Verdict[];
  readonly throughput: readonly LabelledRow[];
  /** The equal load in requests per second, and the measurements at it. */
  readonly equalLoad: { readonly perSecond: number; readonly rows: readonly LabelledRow[] };
  readonly coldStarts: ReadonlyMap<string, Spread>;
  readonly bundles: readonly BundleSize[];
  readonly echo: readonly MessageRow[];
  readonly broadcast: readonly MessageRow[];
  readonly trials: TrialResults;
  readonly notes: readonly string[];
};

export function renderReport(report: Report): string {
  const sections = [
    ['Targets', verdictTable(report.verdicts)],
    ['Throughput', throughputTable(report.throughput)],
    ['Latency at equal load', latencyTable(report.equalLoad)],
    ['Cold start', coldStartTable(report.coldStarts)],
    ['Bundles', bundleTable(report.bundles)],
    ['Hub: echo', messageTable(`${ECHO_SOCKETS} sockets`, report.echo)],
    ['Hub: broadcast', messageTable(`${BROADCAST_SOCKETS} sockets`, report.broadcast)],
    ...trialSections(report.trials),
    ['How', bullets(report.notes)],
  ] as const;
  return (
    [
      '# Benchmark results',
      'Written by `npm run bench`; do not edit. Compare ratios, not numbers of two machines.',
      bullets(headOf(report)),
      ...sections
        .filter(([, body]) => body !== '')
        .map(([title, body]) => `## ${title}\n\n${body}`),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function headOf({ date, machine, separateCores, versions, extent }: Report): string[] {
  const cores = separateCores
    ? 'server on core 0, load generator on core 1'
    : 'NOT pinned to cores: the load generator takes time from the server';
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [`Date: ${date}`, `Machine: ${machine}; ${cores}`, `Run: ${extent}`, packages.join(', ')];
}

const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

const verdictTable = (verdicts: readonly Verdict[]): string =>
  table(
    ['claim', 'wanted', 'measured', 'verdict'],
    verdicts.map(({ claim, wanted, measured, verdict }) => [claim, wanted, measured, verdict]),
  );

const throughputTable = (rows: readonly LabelledRow[]): string =>
  table(
    [
      '32 connections',
      'req/s',
      'of the rounds',
      'p50 ms',
      'p99 ms',
      'server µs/req',
      'generator busy',
      'answers',
    ],
    rows.map(({ label, summary }) => [
      label,
      whole(summary.perSecond.median),
      `${whole(summary.perSecond.min)}–${whole(summary.perSecond.max)}`,
      millis(summary.p50),
      millis(summary.p99),
      summary.serverMicros === undefined ? '–' : summary.serverMicros.toFixed(1),
      `${(summary.generatorBusy * 100).toFixed(0)} %`,
      answers(summary),
    ]),
  );

function latencyTable({ perSecond, rows }: Report['equalLoad']): string {
  return table(
    [`${whole(perSecond)} req/s`, 'p50 ms', 'p99 ms, quiet', 'p99 ms, median', 'answers'],
    rows.map(({ label, summary }) => [
      label,
      millis(summary.p50),
      millis(summary.quietP99),
      millis(summary.p99),
      answers(summary),
    ]),
  );
}

/** The rows of sockets, which count messages or delivered events. */
const messageTable = (sockets: string, rows: readonly MessageRow[]): string =>
  table(
    [
      sockets,
      'messages/s',
      'of the rounds',
      ': bare object',
      'p50 ms',
      'p99 ms',
      'server µs/message',
      'generator busy',
      'answers',
    ],
    rows.map(({ label, summary, ofFloor }) => [
      label,
      whole(summary.perSecond.median),
      `${whole(summary.perSecond.min)}–${whole(summary.perSecond.max)}`,
      ofFloor?.toFixed(2) ?? '–',
      millis(summary.p50),
      millis(summary.p99),
      summary.serverMicros === undefined ? '–' : summary.serverMicros.toFixed(1),
      `${(summary.generatorBusy * 100).toFixed(0)} %`,
      summary.flaws.length === 0 ? 'all right' : `INVALID: ${summary.flaws.join(', ')}`,
    ]),
  );

const answers = ({ flaws }: RowSummary): string =>
  flaws.length === 0 ? 'all 2xx' : `INVALID: ${flaws.join(', ')}`;

const coldStartTable = (starts: Report['coldStarts']): string =>
  table(
    ['from the process to its first answer', 'ms', 'of the runs'],
    [...starts].map(([name, { median, min, max }]) => [
      name,
      median.toFixed(1),
      `${min.toFixed(1)}–${max.toFixed(1)}`,
    ]),
  );

const bundleTable = (bundles: readonly BundleSize[]): string =>
  table(
    ['Worker', 'KiB', 'KiB, gzip'],
    bundles.map(({ name, kibibytes, gzipKibibytes }) => [
      name,
      kibibytes.toFixed(1),
      gzipKibibytes.toFixed(1),
    ]),
  );

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const millis = (micros: number): string => (micros / 1_000).toFixed(2);
