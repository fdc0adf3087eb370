import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GuardReport, reportText } from '@falsework/guard';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXPECTED, judge } from './run/expected.ts';
import type { Outcome } from './run/shop.ts';

interface Result extends Outcome {
  readonly isRight: boolean;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly seconds: number;
}

async function runExample(...args: readonly string[]): Promise<[exit: number | null, Result]> {
  const all = [join(import.meta.dirname, 'main.ts'), '--json', ...args];
  const example = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  example.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const [exit] = (await once(example, 'close')) as [number | null];
  return [exit, JSON.parse(stdout) as Result];
}

describe('a shop and its rewrite, behind the guard without configuration', () => {
  let exit: number | null;
  let result: Result;

  beforeAll(async () => {
    [exit, result] = await runExample();
  }, 120_000);

  it('ends with every planted difference found, and nothing else', () => {
    expect(result.unexpected).toEqual([]);
    expect(result.missing).toEqual([]);
    expect(exit).toBe(0);
    expect(result.seconds).toBeLessThan(60);
  });

  it('gives callers legacy’s answers, and the candidate not one write', () => {
    const { callers, candidateRowsChanged, writersAlone } = result;
    expect(callers).toMatchObject({ answersChanged: 0, callerErrors: 0, firstProblem: null });
    expect(callers.reads).toBeGreaterThanOrEqual(6_000);
    expect(candidateRowsChanged).toBe(0);
    // Not because it takes none.
    expect(writersAlone).toMatchObject({ firstProblem: null, callerErrors: 0 });
    expect(writersAlone.writes).toBeGreaterThan(300);
  });

  it('says it in a report that fits a page: one line for each cause, one row for each route', () => {
    const text = reportText(result.report).split('\n');
    const rows = text.filter((line) => / compared /.test(line));
    expect(rows).toHaveLength(result.report.routes.length);
    // Fourteen kinds of pages, three of which are told apart by their queries.
    expect(rows.length).toBeLessThanOrEqual(17);
    expect(text.filter((line) => /^ {2}#/.test(line))).toHaveLength(EXPECTED.length);
    expect(result.report.unproven.filter(({ because }) => because === 'write')).toHaveLength(9);
  });
});

describe('the document of the shop', () => {
  // What a parameter is called is the document's own; the guard calls each of them an id.
  const shapeOf = (route: string): string => route.replace(/\?.*/, '').replaceAll(/\{\w+\}/g, '{}');

  it('has the routes that the guard learned from traffic, and no others', async () => {
    const [, { report }] = await runExample('--pages', '3000');
    const writes = report.unproven.filter(({ because }) => because === 'write');
    const learned = [...report.routes.map(({ seam }) => seam), ...writes.map(({ route }) => route)];
    const bin = join(dirname(fileURLToPath(import.meta.resolve('falsework'))), '../bin');
    const document = join(import.meta.dirname, 'openapi.yaml');
    const args = [join(bin, 'falsework.js'), 'routes', 'import', document, '--json'];
    const { routes } = JSON.parse(execFileSync(process.execPath, args).toString()) as {
      routes: { route: string }[];
    };
    const documented = routes.map(({ route }) => shapeOf(route));
    expect(new Set(learned.map(shapeOf))).toEqual(new Set(documented));
    expect(documented).toHaveLength(23);
  });
});

describe('the judgement at the end', () => {
  const reportWith = (causes: readonly Omit<(typeof EXPECTED)[number], 'because'>[]) =>
    ({
      routes: causes.map(({ route, template, kind }) => ({
        seam: route,
        causes: [{ template, kind }],
      })),
    }) as unknown as GuardReport;

  it('misses what was not found, and names what nobody planted', () => {
    const [first, ...others] = EXPECTED;
    const stranger = { route: 'GET /', template: '$', kind: 'type' };
    const { missing, unexpected } = judge(reportWith([...others, stranger]));
    expect(missing).toEqual([`${first?.route}  ${first?.template}  ${first?.kind}`]);
    expect(unexpected).toEqual(['GET /  $  type']);
  });
});
