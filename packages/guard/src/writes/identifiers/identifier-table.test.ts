import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { SimClock } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyFolder, faultyFiles, randomBytes } from '../../../test/journal-fixtures.ts';
import { IdentifierFile } from './identifier-file.ts';
import { type IdentifierPair, type IdentifierStore, IdentifierTable } from './identifier-table.ts';

const pair = (legacy: string, candidate: string, kind = 'order'): IdentifierPair => ({
  kind,
  legacy: { kind: 'number', text: legacy },
  candidate: { kind: 'string', text: candidate },
});
const memory = (): IdentifierStore & { readonly pairs: IdentifierPair[] } => {
  const pairs: IdentifierPair[] = [];
  return { pairs, load: async () => pairs, append: async (one) => void pairs.push(one) };
};

describe('a table of identifiers', () => {
  it('knows each pair both ways', async () => {
    const table = await IdentifierTable.load(memory());
    expect(await table.learn(pair('1', 'a'))).toEqual({ ok: true });
    expect(table.toCandidate('order', '1')).toEqual({ kind: 'string', text: 'a' });
    expect(table.toLegacy('order', 'a')).toEqual({ kind: 'number', text: '1' });
    expect(table.toCandidate('customer', '1')).toBeNull();
    expect(table.toCandidate('order', 'a')).toBeNull();
  });

  it('takes a pair again without storing it again', async () => {
    const store = memory();
    const table = await IdentifierTable.load(store);
    const learned = await Promise.all([table.learn(pair('1', 'a')), table.learn(pair('1', 'a'))]);
    expect(learned).toEqual([{ ok: true }, { ok: true }]);
    expect(store.pairs).toHaveLength(1);
  });

  it.each([
    ['the same of legacy with another of the candidate', pair('1', 'b')],
    ['the same of the candidate with another of legacy', pair('2', 'a')],
  ])('refuses %s, without naming either', async (_what, other) => {
    const store = memory();
    const table = await IdentifierTable.load(store);
    await table.learn(pair('1', 'a'));
    const learned = await table.learn(other);
    expect(learned).toMatchObject({ ok: false });
    expect(JSON.stringify(learned)).toMatch(/already paired with another/);
    expect(JSON.stringify(learned)).not.toMatch(/"a"|"b"|\d/);
    expect(store.pairs).toHaveLength(1);
  });

  it('is one to one and never changes, whatever is learned', async () => {
    const letters = fc.constantFrom('1', '2', '3', '4');
    const pairs = fc.array(fc.tuple(letters, letters, fc.constantFrom('a', 'b')));
    await fc.assert(
      fc.asyncProperty(pairs, async (offered) => {
        const store = memory();
        const table = await IdentifierTable.load(store);
        const first = new Map<string, string>();
        for (const [legacy, candidate, kind] of offered) {
          const { ok } = await table.learn(pair(legacy, candidate, kind));
          if (ok) {
            const known = first.get(`${kind}${legacy}`) ?? candidate;
            expect(candidate).toBe(known);
            first.set(`${kind}${legacy}`, known);
          }
        }
        for (const [name, candidate] of first) {
          const [kind = '', legacy = ''] = name;
          expect(table.toCandidate(kind, legacy)?.text).toBe(candidate);
          expect(table.toLegacy(kind, candidate)?.text).toBe(legacy);
        }
        expect(table.size).toBe(first.size);
        const again = await IdentifierTable.load(store);
        expect(again.size).toBe(first.size);
      }),
    );
  });

  it('refuses what is beyond its bound, and forgets nothing for it', async () => {
    const table = await IdentifierTable.load(memory(), { pairsMax: 1 });
    await table.learn(pair('1', 'a'));
    expect(await table.learn(pair('2', 'b'))).toEqual({
      ok: false,
      because: 'the table is full with 1 identifiers',
    });
    expect(await table.learn(pair('1', 'a'))).toEqual({ ok: true });
  });

  it('does not use a pair that could not be stored', async () => {
    const store = { load: async () => [], append: () => Promise.reject(new Error('disk full')) };
    const table = await IdentifierTable.load(store);
    await expect(table.learn(pair('1', 'a'))).rejects.toThrow('disk full');
    expect(table.toCandidate('order', '1')).toBeNull();
    expect(table.toLegacy('order', 'a')).toBeNull();
  });
});

describe('a file of identifiers', () => {
  const openIn = (folder: string) =>
    IdentifierFile.open({ folder, clock: new SimClock(), randomBytes });

  it('gives back every pair after a crash, and cuts what was torn', async () => {
    const folder = emptyFolder();
    const first = await openIn(folder);
    await Promise.all([first.append(pair('1', 'a')), first.append(pair('2', 'b'))]);
    await first.close();
    await first.close();
    appendFileSync(join(folder, 'segment-000000000001.fwj'), 'torn');
    const second = await openIn(folder);
    expect(await second.load()).toEqual([pair('1', 'a'), pair('2', 'b')]);
    await second.append(pair('3', 'c'));
    await second.close();
    const third = await openIn(folder);
    expect(await third.load()).toHaveLength(3);
    await third.close();
  });

  it('belongs to one process', async () => {
    const folder = emptyFolder();
    const first = await openIn(folder);
    await expect(openIn(folder)).rejects.toMatchObject({ code: 'FW_JOURNAL_LOCKED' });
    await first.close();
  });

  it('says when the disk fails', async () => {
    const folder = emptyFolder();
    const { files, faults } = await faultyFiles(folder);
    const file = await IdentifierFile.open({ folder, clock: new SimClock(), randomBytes, files });
    faults.failSync = true;
    await expect(file.append(pair('1', 'a'))).rejects.toThrow('EIO');
    await file.close();
  });
});
