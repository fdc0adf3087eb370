// Style that a person would otherwise have to look for.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE } from '@falsework/core/errors';
import { describe, expect, it } from 'vitest';
import { generatedPages } from './generated-docs.ts';
import { missingEntries } from './lockfile.ts';

const root = join(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const sources = tracked.filter((path) =>
  /^(packages|examples|bench|scripts|e2e)\/.*\.tsx?$/.test(path),
);
const shipped = sources.filter(
  (path) => /^packages\/[^/]+\/src\//.test(path) && !path.endsWith('.test.ts'),
);

describe('every source file', () => {
  it('is at most 400 lines, tests excepted', () => {
    const long = shipped.filter((path) => read(path).split('\n').length > 401);
    expect(long).toEqual([]);
  });

  it('is at most two folders below src', () => {
    const deep = shipped.filter((path) => (path.split('/src/')[1] ?? '').split('/').length > 3);
    expect(deep).toEqual([]);
  });

  it('keeps code and comments within 100 columns', () => {
    const wide = sources.flatMap((path) =>
      read(path)
        .split('\n')
        // A long string cannot be broken without changing what it says; everything else can.
        .filter((line) => line.length > 100 && !/['"`]|\$\{/.test(line))
        .map((line) => `${path}: ${line.slice(0, 60)}`),
    );
    expect(wide).toEqual([]);
  });

  it('leaves nothing marked for later', () => {
    // Written in two, so that this line is none itself.
    const words = ['TO DO', 'FIX ME', 'XX X', 'HA CK'].map((word) => word.replace(' ', ''));
    const marked = new RegExp(`\\b(${words.join('|')})\\b`);
    const marks = sources.filter((path) => marked.test(read(path)));
    expect(marks).toEqual([]);
  });
});

describe('every test', () => {
  it('runs: none is skipped, postponed or singled out without a reason', () => {
    const tests = sources.filter(
      (path) => path.endsWith('.test.ts') && !path.endsWith('tidy.test.ts'),
    );
    const held = tests.filter((path) =>
      /\b(it|test|describe)\.(skip|todo|only)\(/.test(read(path)),
    );
    expect(held).toEqual([]);
  });
});

describe('generated pages', () => {
  const pages = generatedPages();

  it.each(pages)('$path says what the code says: `npm run docs` writes it', ({ path, text }) => {
    expect(existsSync(join(root, path)) ? read(path) : 'missing').toBe(text);
  });

  it('has no page of an error that is gone', () => {
    const wanted = new Set(pages.map((page) => page.path));
    const stale = readdirSync(join(root, 'docs/errors')).filter(
      (name) => !wanted.has(`docs/errors/${name}`),
    );
    expect(stale).toEqual([]);
  });
});

describe('the error catalogue', () => {
  const raised = new Set(
    shipped.flatMap((path) => [...read(path).matchAll(/'(FW_[A-Z_]+)'/g)].map((m) => m[1])),
  );

  it.each(Object.keys(CATALOGUE))('%s is raised somewhere', (code) => {
    expect(raised).toContain(code);
  });

  it('knows every code that is raised', () => {
    const unknown = [...raised].filter((code) => code && !(code in CATALOGUE));
    expect(unknown).toEqual([]);
  });
});

describe('every folder entry', () => {
  const entries = shipped.filter((path) => path.endsWith('/index.ts'));

  it.each(entries)('%s re-exports by name and holds nothing else', (path) => {
    const text = read(path).replace(/\/\*[\s\S]*?\*\//g, '');
    expect(text).not.toMatch(/export \*/);
    expect(text).not.toMatch(/^(export )?(const|function|class|let|interface) [\w$]/m);
  });
});

describe('the lockfile', () => {
  it('names every optional package, or `npm ci` refuses it: `npm run lock` completes it', () => {
    expect(missingEntries(JSON.parse(read('package-lock.json')))).toEqual({});
  });
});
