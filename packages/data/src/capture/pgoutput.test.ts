import { describe, expect, it } from 'vitest';
import { formatLsn, parseLsn } from './lsn.ts';
import { PgoutputReader } from './pgoutput.ts';

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};
const bytes = (tag: string, ...parts: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from(tag), ...parts]);
const value = (printed: string | null): Buffer =>
  printed === null
    ? Buffer.from('n')
    : Buffer.concat([Buffer.from('t'), u32(printed.length), Buffer.from(printed)]);
const tuple = (...values: (string | null)[]): Buffer =>
  Buffer.concat([u16(values.length), ...values.map(value)]);
const attribute = (name: string): Buffer =>
  Buffer.concat([Buffer.from([1]), text(name), u32(20), u32(0xffff_ffff)]);

function reader(): PgoutputReader {
  const made = new PgoutputReader();
  made.read(
    bytes(
      'R',
      u32(7),
      text('public'),
      text('a'),
      Buffer.from('d'),
      u16(2),
      attribute('id'),
      attribute('at'),
    ),
  );
  return made;
}

describe('a message of the server’s output plugin', () => {
  it('keeps values as they were printed, microseconds included', () => {
    const at = '2026-11-21 05:40:44.123456+00';
    const read = reader().read(bytes('I', u32(7), Buffer.from('N'), tuple('1', at)));
    expect(read).toMatchObject({ kind: 'insert', relation: { schema: 'public', table: 'a' } });
    expect(read.kind === 'insert' && [...read.row]).toEqual([
      ['id', '1'],
      ['at', at],
    ]);
  });

  it('tells the former key of an update only where it has changed', () => {
    const same = reader().read(bytes('U', u32(7), Buffer.from('N'), tuple('1', null)));
    expect(same).toMatchObject({ kind: 'update', old: null });
    const moved = reader().read(
      bytes('U', u32(7), Buffer.from('K'), tuple('1', null), Buffer.from('N'), tuple('2', null)),
    );
    expect(moved.kind === 'update' && moved.old?.get('id')).toBe('1');
    expect(moved.kind === 'update' && moved.row.get('id')).toBe('2');
  });

  it('tells deletes, truncations, transactions and messages', () => {
    const made = reader();
    expect(made.read(bytes('D', u32(7), Buffer.from('K'), tuple('1', null)))).toMatchObject({
      kind: 'delete',
    });
    expect(made.read(bytes('T', u32(1), Buffer.from([0]), u32(7)))).toMatchObject({
      kind: 'truncate',
      relations: [{ table: 'a' }],
    });
    expect(made.read(bytes('B', Buffer.alloc(16), u32(4_000_000_000)))).toEqual({
      kind: 'begin',
      xid: 4_000_000_000,
    });
    const lsn = Buffer.alloc(8);
    lsn.writeBigUInt64BE(parseLsn('16/B374D848'));
    expect(made.read(bytes('C', Buffer.alloc(9), lsn, Buffer.alloc(8)))).toEqual({
      kind: 'commit',
      endLsn: parseLsn('16/B374D848'),
    });
    expect(made.read(bytes('M', Buffer.alloc(9), text('p'), u32(2), Buffer.from('hi')))).toEqual({
      kind: 'message',
      prefix: 'p',
      content: 'hi',
    });
  });

  it('throws on what it does not know, instead of passing over a change', () => {
    expect(() => reader().read(bytes('?'))).toThrow('Not a message of pgoutput');
    expect(() => reader().read(bytes('I', u32(8), Buffer.from('N'), tuple('1')))).toThrow(
      'never described relation 8',
    );
  });
});

describe('a place in the log', () => {
  it('survives being read and printed', () => {
    for (const lsn of ['0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF']) {
      expect(formatLsn(parseLsn(lsn))).toBe(lsn);
    }
  });
});
