import { fault } from '@falsework/core/errors';
import type {
  DataEvidence,
  EvidenceBatch,
  EvidenceView,
  LegacyCode,
  SignatureRecord,
  StoredPair,
} from '@falsework/core/evidence';
import type {
  Commit,
  CommitResult,
  ControlStore,
  EvidenceScope,
  HistoryScope,
  IngestScope,
  LatencyView,
  SeamVolume,
  SignatureNote,
  StratumHistory,
  ToldRecord,
} from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';
import type { Decision, MigrationState } from '@falsework/core/stage';
import type { Context, Database } from './context.ts';
import { commitDecision } from './decisions/commit.ts';
import { readDecisions, readSnapshot, readState, readStates } from './decisions/read.ts';
import { noteData } from './evidence/data.ts';
import { readHistory } from './evidence/history.ts';
import { ingestBatch } from './evidence/ingest.ts';
import { noteScan } from './evidence/legacy-code.ts';
import { readNotes, writeNote } from './evidence/notes.ts';
import { readPairs } from './evidence/pairs.ts';
import { readEvidence, readLatencies } from './evidence/read-evidence.ts';
import { SignatureLists } from './evidence/signature-lists.ts';
import { keepTold, readTold } from './evidence/told.ts';
import { readVolumes } from './evidence/volumes.ts';
import { classify } from './failure.ts';
import { storedName } from './rows/names.ts';
import type { Engine } from './schema/changes.ts';

/**
 * The port over SQL: each method is one statement or one transaction, and whatever goes wrong gets
 * a code.
 */
export class SqlControlStore implements ControlStore {
  readonly #db: Database;
  readonly #engine: Engine;
  readonly #label: string;
  readonly #underway = new Set<Promise<unknown>>();
  readonly #signatures = new SignatureLists();
  #closing: Promise<void> | null = null;

  constructor(
    db: Database,
    { engine, label }: { readonly engine: Engine; readonly label: string },
  ) {
    this.#db = db;
    this.#engine = engine;
    this.#label = label;
  }

  migrations(): Promise<MigrationState[]> {
    return this.#run('Listing migrations', () => readStates(this.#db));
  }

  migration(name: string): Promise<MigrationState | null> {
    return this.#run('Reading a migration', () => readState(this.#db, storedName(name)));
  }

  commit(commit: Commit): Promise<CommitResult> {
    return this.#write('Committing a decision', commit.state.name, (context) =>
      commitDecision(context, commit),
    );
  }

  decisions(migration: string, after: number, limit: number): Promise<Decision[]> {
    const range = { after, limit: Math.max(0, limit) };
    return this.#run('Reading decisions', () =>
      readDecisions(this.#db, storedName(migration), range),
    );
  }

  snapshot(migration: string): Promise<Snapshot | null> {
    return this.#run('Reading a snapshot', () => readSnapshot(this.#db, storedName(migration)));
  }

  ingest(migration: string, batch: EvidenceBatch, scope: IngestScope): Promise<boolean> {
    return this.#write('Adding evidence', migration, (context) =>
      ingestBatch(context, batch, scope),
    );
  }

  evidence(migration: string, scope: EvidenceScope): Promise<EvidenceView> {
    return this.#run('Reading evidence', () =>
      this.#db
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((trx) => readEvidence(trx, storedName(migration), scope)),
    );
  }

  latency(migration: string, epoch: number): Promise<LatencyView[]> {
    return this.#run('Reading latencies', () =>
      readLatencies(this.#db, storedName(migration), epoch),
    );
  }

  history(migration: string, scope: HistoryScope): Promise<StratumHistory[]> {
    return this.#run('Reading history', () =>
      readHistory(this.#db, storedName(migration), {
        seam: scope.seam === null ? null : storedName(scope.seam),
        stratum: scope.stratum === null ? null : storedName(scope.stratum),
        limit: Math.max(0, scope.limit),
      }),
    );
  }

  signatures(migration: string, epoch: number | null, limit: number): Promise<SignatureRecord[]> {
    const range = { epoch, limit: Math.max(0, limit) };
    return this.#run('Reading signatures', () =>
      this.#signatures.read(this.#db, storedName(migration), range),
    );
  }

  volumes(migration: string): Promise<SeamVolume[]> {
    return this.#run('Reading volumes', () => readVolumes(this.#db, storedName(migration)));
  }

  notes(migration: string): Promise<SignatureNote[]> {
    return this.#run('Reading notes', () => readNotes(this.#db, storedName(migration)));
  }

  note(migration: string, note: SignatureNote): Promise<void> {
    return this.#write('Keeping a note', migration, (context) => writeNote(context, note));
  }

  pairs(migration: string, id: string | null, limit: number): Promise<StoredPair[]> {
    const range = { id, limit: Math.max(0, limit) };
    return this.#run('Reading pairs', () => readPairs(this.#db, storedName(migration), range));
  }

  noteLegacyCode(migration: string, scan: LegacyCode): Promise<void> {
    return this.#write('Noting a scan', migration, (context) => noteScan(context, scan));
  }

  noteData(migration: string, evidence: DataEvidence): Promise<void> {
    return this.#write('Noting the data side', migration, (context) => noteData(context, evidence));
  }

  told(migration: string, target: string): Promise<ToldRecord | null> {
    return this.#run('Reading what was told', () =>
      readTold(this.#db, storedName(migration), storedName(target)),
    );
  }

  keepTold(migration: string, target: string, record: ToldRecord): Promise<CommitResult> {
    return this.#write('Keeping what was told', migration, (context) =>
      keepTold(context, storedName(target), record),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    // What was begun is finished first: a caller who was told nothing would not know whether it
    // happened.
    await Promise.allSettled(this.#underway);
    await this.#db.destroy();
  }

  #write<Result>(
    operation: string,
    migration: string,
    act: (context: Context) => Promise<Result>,
  ): Promise<Result> {
    const named = { engine: this.#engine, migration: storedName(migration) };
    return this.#run(operation, () =>
      this.#db.transaction().execute((trx) => act({ trx, ...named })),
    );
  }

  async #run<Result>(operation: string, act: () => Promise<Result>): Promise<Result> {
    const doing = { store: this.#label, operation };
    if (this.#closing !== null) throw fault('FW_STORE_CLOSED', doing);
    const acting = act();
    this.#underway.add(acting);
    try {
      return await acting;
    } catch (error) {
      throw classify(error, doing);
    } finally {
      this.#underway.delete(acting);
    }
  }
}
