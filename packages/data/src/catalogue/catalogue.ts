import type { Relation } from '../postgres/quote.ts';

/** What sort of type it is, domains looked through. */
export type TypeKind = 'base' | 'enum' | 'composite' | 'range' | 'multirange' | 'array';

/** The type of a column; of a domain, the type that it is made of. */
export interface ColumnType {
  /** Without length and precision: `numeric`, `character varying`, `public.mood`. */
  readonly name: string;
  /** With them: `numeric(12,2)`. */
  readonly full: string;
  readonly kind: TypeKind;
  /** True for a type that comes with every server. */
  readonly isBuiltIn: boolean;
  /** The type of the elements of an array. */
  readonly element: string | null;
  /** The labels of an enum, in their order. */
  readonly labels: readonly string[];
}

/** A column as the catalogue has it. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  /** Computed from other columns, and so never written. */
  readonly isGenerated: boolean;
  readonly identity: 'always' | 'by default' | null;
  /** True where text is ordered byte by byte, so that both servers order it alike. */
  readonly isByteOrdered: boolean;
  /** Provider, name and version of the collation; `null` for types that have none, or unknown. */
  readonly collation: string | null;
}

/** An index that can find rows by the beginning of its columns. */
export interface Index {
  readonly name: string;
  /** Column names, or `null` in the place of an expression. */
  readonly columns: readonly (string | null)[];
  /** True for columns ordered byte by byte, in the same order as `columns`. */
  readonly byteOrdered: readonly boolean[];
  /** Unique, whole and immediate, over columns that are never NULL: it names rows. */
  readonly isKey: boolean;
  readonly isPrimary: boolean;
  readonly isUnique: boolean;
}

/** A trigger that somebody else put there. */
export interface Trigger {
  readonly name: string;
  readonly isEnabled: boolean;
}

/** A foreign key that is enforced. */
export interface ForeignKey {
  readonly name: string;
  readonly from: Relation;
  readonly to: Relation;
}

/** A sequence that gives a column its values. */
export interface OwnedSequence {
  readonly sequence: Relation;
  readonly column: string;
}

/** What the role that migrates may do with a table. */
export type TablePrivilege = 'select' | 'insert' | 'update' | 'delete' | 'trigger' | 'own';

/** A table as the catalogue has it. */
export interface Table {
  readonly relation: Relation;
  readonly kind: 'table' | 'partitioned' | 'partition' | 'parent' | 'unlogged' | 'other';
  /** Row security that would apply to the role that migrates. */
  readonly hidesRows: boolean;
  /** What logical replication can name a row by. */
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index';
  /** As of the last ANALYZE; `null` when there was none. */
  readonly estimatedRows: number | null;
  readonly bytes: number;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
  readonly triggers: readonly Trigger[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly sequences: readonly OwnedSequence[];
  readonly privileges: readonly TablePrivilege[];
}

/** A server, and what the role that migrates may do there. */
export interface Server {
  /** 14 for 14.x. */
  readonly major: number;
  readonly version: string;
  readonly systemId: string;
  readonly timeline: number;
  readonly database: string;
  readonly encoding: string;
  readonly isStandby: boolean;
  readonly walLevel: string;
  readonly defaultSchema: string;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly mayReplicate: boolean;
  readonly mayCreateSchema: boolean;
  readonly mayCreateTemporary: boolean;
  /** May set `session_replication_role`, which keeps foreign keys and triggers from firing. */
  readonly maySetReplicaRole: boolean;
}

/** Everything that a plan needs to know of one store. */
export interface Catalogue {
  readonly server: Server;
  /** The tables that were asked for and are there, by `schema.table`. */
  readonly tables: ReadonlyMap<string, Table>;
}
