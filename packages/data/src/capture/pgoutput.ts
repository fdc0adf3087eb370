/** A table as the log describes it before its first row. */
export interface LoggedRelation {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
}

/** Values by column, as printed; `null` for NULL, and for what the log does not repeat. */
export type LoggedRow = ReadonlyMap<string, string | null>;

/** What the server's own output plugin says, as far as it tells which rows were written. */
export type LogMessage =
  | { readonly kind: 'begin'; readonly xid: number }
  | { readonly kind: 'commit'; readonly endLsn: bigint }
  | { readonly kind: 'insert'; readonly relation: LoggedRelation; readonly row: LoggedRow }
  | {
      readonly kind: 'update';
      readonly relation: LoggedRelation;
      /** The former key, where it has changed or everything of the row is logged. */
      readonly old: LoggedRow | null;
      readonly row: LoggedRow;
    }
  | { readonly kind: 'delete'; readonly relation: LoggedRelation; readonly old: LoggedRow }
  | { readonly kind: 'truncate'; readonly relations: readonly LoggedRelation[] }
  | { readonly kind: 'message'; readonly prefix: string; readonly content: string }
  | { readonly kind: 'other' };

const HAS_TUPLES = { key: 'K', old: 'O', new: 'N' } as const;

/**
 * Reads the messages of `pgoutput`, protocol version 1 (PostgreSQL manual, "Logical Replication
 * Message Formats"). Values stay as they were printed: a key that became a JavaScript date would
 * have lost its microseconds, and with them its row.
 */
export class PgoutputReader {
  readonly #relations = new Map<number, LoggedRelation>();

  /** Reads one message. Throws on what the protocol does not know. */
  read(buffer: Buffer): LogMessage {
    const at = new Cursor(buffer);
    const tag = at.character();
    switch (tag) {
      case 'B':
        at.skip(16);
        return { kind: 'begin', xid: at.uint32() };
      case 'C':
        at.skip(9);
        return { kind: 'commit', endLsn: at.uint64() };
      case 'R':
        this.#relation(at);
        return { kind: 'other' };
      case 'I':
        return this.#insert(at);
      case 'U':
        return this.#update(at);
      case 'D':
        return this.#delete(at);
      case 'T':
        return this.#truncate(at);
      case 'M':
        return message(at);
      case 'O':
      case 'Y':
        return { kind: 'other' };
      default:
        throw new TypeError(`Not a message of pgoutput: ${JSON.stringify(tag)}`);
    }
  }

  #relation(at: Cursor): void {
    const id = at.uint32();
    const [schema, table] = [at.text(), at.text()];
    at.skip(1);
    const columns: string[] = [];
    for (let left = at.uint16(); left > 0; left -= 1) {
      at.skip(1);
      columns.push(at.text());
      at.skip(8);
    }
    // The catalogue's own schema is printed as nothing.
    this.#relations.set(id, { schema: schema === '' ? 'pg_catalog' : schema, table, columns });
  }

  #known(id: number): LoggedRelation {
    const relation = this.#relations.get(id);
    if (relation === undefined) throw new TypeError(`pgoutput never described relation ${id}`);
    return relation;
  }

  #insert(at: Cursor): LogMessage {
    const relation = this.#known(at.uint32());
    at.skip(1);
    return { kind: 'insert', relation, row: tuple(at, relation) };
  }

  #update(at: Cursor): LogMessage {
    const relation = this.#known(at.uint32());
    let part = at.character();
    let old: LoggedRow | null = null;
    if (part === HAS_TUPLES.key || part === HAS_TUPLES.old) {
      old = tuple(at, relation);
      part = at.character();
    }
    if (part !== HAS_TUPLES.new) throw new TypeError('An update of pgoutput has no new row.');
    return { kind: 'update', relation, old, row: tuple(at, relation) };
  }

  #delete(at: Cursor): LogMessage {
    const relation = this.#known(at.uint32());
    at.skip(1);
    return { kind: 'delete', relation, old: tuple(at, relation) };
  }

  #truncate(at: Cursor): LogMessage {
    const count = at.uint32();
    at.skip(1);
    const relations = Array.from({ length: count }, () => this.#known(at.uint32()));
    return { kind: 'truncate', relations };
  }
}

function message(at: Cursor): LogMessage {
  at.skip(9);
  const prefix = at.text();
  return { kind: 'message', prefix, content: at.bytes(at.uint32()) };
}

function tuple(at: Cursor, { columns }: LoggedRelation): LoggedRow {
  const row = new Map<string, string | null>();
  const count = at.uint16();
  for (let i = 0; i < count; i += 1) {
    const name = columns[i] ?? '';
    // NULL, or a long value that is as it was: neither can be part of a key.
    row.set(name, at.character() === 't' ? at.bytes(at.uint32()) : null);
  }
  return row;
}

class Cursor {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  character(): string {
    return String.fromCharCode(this.#buffer.readUInt8(this.#at++));
  }

  uint16(): number {
    this.#at += 2;
    return this.#buffer.readUInt16BE(this.#at - 2);
  }

  uint32(): number {
    this.#at += 4;
    return this.#buffer.readUInt32BE(this.#at - 4);
  }

  uint64(): bigint {
    this.#at += 8;
    return this.#buffer.readBigUInt64BE(this.#at - 8);
  }

  text(): string {
    const end = this.#buffer.indexOf(0, this.#at);
    const text = this.#buffer.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  bytes(length: number): string {
    this.#at += length;
    return this.#buffer.toString('utf8', this.#at - length, this.#at);
  }
}
