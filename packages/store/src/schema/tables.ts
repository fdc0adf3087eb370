import type { Side } from '@falsework/core/routing';

/*
 * The tables as Kysely sees them, the same on both databases. JSON is kept as text, not as jsonb:
 * it is only ever read whole, and text comes back byte for byte. Instants are floating point,
 * because milliseconds may have fractions.
 */

/** One row per applied change of the schema. */
interface SchemaTable {
  version: number;
  name: string;
  applied_at: number;
}

/**
 * One row per migration: its version is what a commit compares with, its state and snapshot are of
 * that version.
 */
interface MigrationsTable {
  name: string;
  version: number;
  state: string;
  snapshot: string;
}

/** The decision log. Rows are only ever added. */
interface DecisionsTable {
  migration: string;
  sequence: number;
  at: number;
  decision: string;
}

/**
 * Calls that reached legacy; one row per migration, which is also the lock under which evidence is
 * added.
 */
interface TrafficTable {
  migration: string;
  counting_since: number | null;
  last_hit_at: number | null;
  probes: number;
  last_probe_at: number | null;
}

/** The last batch of each plane: what makes a batch that comes twice count once. */
interface PlanesTable {
  migration: string;
  plane: string;
  sequence: number;
  seen_at: number;
  snapshot_version: number;
}

/** Counts of one stratum in one step of one epoch, merged; never a row per observation. */
interface StrataTable {
  migration: string;
  epoch: number;
  step: number;
  seam: string;
  stratum: string;
  counts: string;
  legacy_latency: string;
  candidate_latency: string;
  slices: string;
  alarm: string;
  last_at: number;
}

/** What was served at one seam in one step. */
interface SeamsTable {
  migration: string;
  step: number;
  seam: string;
  served: string;
  failures: string;
  alarm: string;
}

/** What a person wrote about a cause, in whatever epoch it is seen. */
interface NotesTable {
  migration: string;
  seam: string;
  id: string;
  note: string;
}

/** One row per cause and moment; a pair of several causes stands under each. */
interface PairsTable {
  migration: string;
  id: string;
  at: number;
  epoch: number;
  pair: string;
}

/** One cause of differences in one epoch. `count` is in the record too; here it is for sorting. */
interface SignaturesTable {
  migration: string;
  epoch: number;
  seam: string;
  id: string;
  count: number;
  /**
   * 1 where legacy differed from itself. Part of the key: what differs at a noisy place may be the
   * candidate's fault as well, and must not hide among the noise.
   */
  is_noise: number;
  record: string;
  /** Which of all additions to this migration's causes wrote it last. */
  revision: number;
}

/** The last look at one side's health. */
interface HealthTable {
  migration: string;
  side: Side;
  at: number;
  report: string;
}

/** The last scan of the source tree. */
interface LegacyCodeTable {
  migration: string;
  files: number;
  scanned_at: number;
}

/** What the data side said last, whole. */
interface DataTable {
  migration: string;
  reported_at: number;
  evidence: string;
}

/** What a guard said last of the writes in its journal. */
interface WritesTable {
  migration: string;
  journal: string;
  at: number;
  standing: string;
}

/** What one target of notices was told. */
interface ToldTable {
  migration: string;
  target: string;
  version: number;
  told: string;
}

/** All tables. */
export interface Tables {
  fw_schema: SchemaTable;
  fw_migrations: MigrationsTable;
  fw_decisions: DecisionsTable;
  fw_traffic: TrafficTable;
  fw_planes: PlanesTable;
  fw_strata: StrataTable;
  fw_seams: SeamsTable;
  fw_signatures: SignaturesTable;
  fw_notes: NotesTable;
  fw_pairs: PairsTable;
  fw_health: HealthTable;
  fw_legacy_code: LegacyCodeTable;
  fw_data: DataTable;
  fw_writes: WritesTable;
  fw_told: ToldTable;
}
