/** Which database a change is made on. */
export type Engine = 'sqlite' | 'postgres';

/** The words in which the two databases differ. */
export interface Words {
  readonly text: string;
  readonly whole: string;
  readonly instant: string;
  /** What ends a `create table`. */
  readonly end: string;
  /** What stands before the name of a table, for example `"falsework".`, or nothing. */
  readonly at: string;
}

/**
 * One step forward of the schema. There is no step back: an older program refuses a newer schema
 * instead.
 */
export interface SchemaChange {
  readonly name: string;
  readonly statements: (words: Words) => readonly string[];
}

/**
 * The words of a database. `schema` is where PostgreSQL keeps the tables; SQLite has one place
 * only.
 */
export function wordsOf(engine: Engine, schema: string | null): Words {
  if (engine === 'sqlite') {
    // STRICT makes SQLite keep to the declared types as PostgreSQL does.
    return { text: 'text', whole: 'integer', instant: 'real', end: ') strict', at: '' };
  }
  return {
    // Bytes in the order of bytes: sorted the same everywhere, and no index breaks when a locale is
    // upgraded.
    text: 'text collate "C"',
    whole: 'bigint',
    instant: 'double precision',
    end: ')',
    at: schema === null ? '' : `"${schema}".`,
  };
}

/**
 * Every change, oldest first; the schema's version is how many were applied. A row that has shipped
 * never changes.
 */
export const CHANGES: readonly SchemaChange[] = [
  { name: 'first', statements: first },
  { name: 'data side', statements: dataSide },
  { name: 'journaled writes', statements: journaledWrites },
  { name: 'notices', statements: notices },
  { name: 'revised causes', statements: revisedCauses },
];

function first(words: Words): string[] {
  return [...decisionTables(words), ...planeTables(words), ...evidenceTables(words)];
}

function dataSide(words: Words): string[] {
  const { text, instant, end, at } = words;
  return [
    `create table ${at}fw_data (
       ${belonging(words)},
       reported_at ${instant} not null,
       evidence ${text} not null,
       primary key (migration)
     ${end}`,
  ];
}

function journaledWrites(words: Words): string[] {
  const { text, instant, end, at } = words;
  return [
    `create table ${at}fw_writes (
       ${belonging(words)},
       journal ${text} not null,
       at ${instant} not null,
       standing ${text} not null,
       primary key (migration, journal)
     ${end}`,
  ];
}

function notices(words: Words): string[] {
  const { text, whole, end, at } = words;
  return [
    `create table ${at}fw_told (
       ${belonging(words)},
       target ${text} not null,
       version ${whole} not null,
       told ${text} not null,
       primary key (migration, target)
     ${end}`,
  ];
}

// Lists of ten thousand causes are kept decoded, and asked for what was changed since.
function revisedCauses({ whole, at }: Words): string[] {
  return [
    `alter table ${at}fw_signatures add column revision ${whole} not null default 0`,
    `create index fw_signatures_by_revision on ${at}fw_signatures (migration, revision)`,
    // Asked for at every look of control: without it, noise is looked for among all causes.
    `create index fw_signatures_by_noise on ${at}fw_signatures (migration, epoch, is_noise, count)`,
  ];
}

// Whatever belongs to a migration goes with it, should somebody delete one by hand.
function belonging({ text, at }: Words): string {
  return `migration ${text} not null references ${at}fw_migrations (name) on delete cascade`;
}

function decisionTables(words: Words): string[] {
  const { text, whole, instant, end, at } = words;
  return [
    `create table ${at}fw_migrations (
       name ${text} not null primary key,
       version ${whole} not null,
       state ${text} not null,
       snapshot ${text} not null
     ${end}`,
    `create table ${at}fw_decisions (
       ${belonging(words)},
       sequence ${whole} not null,
       at ${instant} not null,
       decision ${text} not null,
       primary key (migration, sequence)
     ${end}`,
  ];
}

function planeTables(words: Words): string[] {
  const { text, whole, instant, end, at } = words;
  return [
    `create table ${at}fw_traffic (
       ${belonging(words)},
       counting_since ${instant},
       last_hit_at ${instant},
       probes ${whole} not null,
       last_probe_at ${instant},
       primary key (migration)
     ${end}`,
    `create table ${at}fw_planes (
       ${belonging(words)},
       plane ${text} not null,
       sequence ${whole} not null,
       seen_at ${instant} not null,
       snapshot_version ${whole} not null,
       primary key (migration, plane)
     ${end}`,
    `create table ${at}fw_health (
       ${belonging(words)},
       side ${text} not null,
       at ${instant} not null,
       report ${text} not null,
       primary key (migration, side)
     ${end}`,
    `create table ${at}fw_legacy_code (
       ${belonging(words)},
       files ${whole} not null,
       scanned_at ${instant} not null,
       primary key (migration)
     ${end}`,
  ];
}

function evidenceTables(words: Words): string[] {
  const { text, whole, instant, end, at } = words;
  return [
    `create table ${at}fw_strata (
       ${belonging(words)},
       epoch ${whole} not null,
       step ${whole} not null,
       seam ${text} not null,
       stratum ${text} not null,
       counts ${text} not null,
       legacy_latency ${text} not null,
       candidate_latency ${text} not null,
       slices ${text} not null,
       alarm ${text} not null,
       last_at ${instant} not null,
       primary key (migration, epoch, step, seam, stratum)
     ${end}`,
    `create table ${at}fw_seams (
       ${belonging(words)},
       step ${whole} not null,
       seam ${text} not null,
       served ${text} not null,
       failures ${text} not null,
       alarm ${text} not null,
       primary key (migration, step, seam)
     ${end}`,
    `create table ${at}fw_signatures (
       ${belonging(words)},
       epoch ${whole} not null,
       seam ${text} not null,
       id ${text} not null,
       count ${whole} not null,
       is_noise ${whole} not null,
       record ${text} not null,
       primary key (migration, epoch, seam, id, is_noise)
     ${end}`,
    `create table ${at}fw_notes (
       ${belonging(words)},
       seam ${text} not null,
       id ${text} not null,
       note ${text} not null,
       primary key (migration, seam, id)
     ${end}`,
    `create table ${at}fw_pairs (
       ${belonging(words)},
       id ${text} not null,
       at ${instant} not null,
       epoch ${whole} not null,
       pair ${text} not null,
       primary key (migration, id, at)
     ${end}`,
    `create index fw_signatures_by_count on ${at}fw_signatures (migration, epoch, count)`,
  ];
}
