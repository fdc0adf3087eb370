import type { FalseworkError } from '@falsework/core/errors';
import type { CaptureKind } from '../capture/registry.ts';
import type { Server } from '../catalogue/catalogue.ts';
import { readCatalogue } from '../catalogue/read-catalogue.ts';
import type { DataPlanInput } from '../mapping/plan-input.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { type CaptureCost, captureCost, readWriteRates, type WriteRate } from './capture-cost.ts';
import { type Finding, findingsOf } from './findings.ts';
import { probeFollower, probeMapping } from './probe.ts';
import {
  type Blocker,
  type ResolvedPlan,
  resolvePlan,
  type StoreCatalogues,
  tablesOfPlan,
} from './resolve-plan.ts';
import { serverRefusals } from './server-check.ts';

/** The two stores of a plan. */
export interface Stores {
  readonly legacy: Database;
  readonly candidate: Database;
}

/** What a plan is planned for. */
export interface PlanOptions {
  readonly capture: CaptureKind;
}

/** All that is known of a plan before anything is changed. */
export interface DataPlan {
  readonly name: string;
  readonly legacy: Server;
  readonly candidate: Server;
  /** `null` when the plan is refused. */
  readonly resolved: ResolvedPlan | null;
  /** Everything that is wrong, each with its table or column. Empty for a plan that may be run. */
  readonly refused: readonly FalseworkError[];
  /** What is to be known before it is run, the most serious first. */
  readonly findings: readonly Finding[];
  /** What keeps it from being called rollback-safe. */
  readonly blockers: readonly Blocker[];
  /** What capture will cost the writers of each table of the legacy store. */
  readonly cost: readonly CaptureCost[];
}

/**
 * Reads both catalogues and says what the migration would meet; nothing is changed. Rejects only
 * when a store cannot be read: what is wrong with the plan is part of the answer.
 */
export async function planData(
  input: DataPlanInput,
  stores: Stores,
  { capture }: PlanOptions,
): Promise<DataPlan> {
  const names = tablesOfPlan(input);
  const catalogues: StoreCatalogues = {
    legacy: await readCatalogue(stores.legacy, names.legacy),
    candidate: await readCatalogue(stores.candidate, names.candidate),
  };
  const resolution = resolvePlan(input, catalogues);
  const servers = serverRefusals(stores, catalogues, capture);
  const head = {
    name: input.name,
    legacy: catalogues.legacy.server,
    candidate: catalogues.candidate.server,
  };
  if ('refused' in resolution) {
    const refused = [...servers, ...resolution.refused];
    return { ...head, resolved: null, refused, findings: [], blockers: [], cost: [] };
  }
  const { plan } = resolution;
  const refused = [...servers, ...(await probeAll(stores, plan))];
  return {
    ...head,
    resolved: refused.length === 0 ? plan : null,
    refused,
    findings: findingsOf(plan, catalogues, capture),
    blockers: plan.blockers,
    cost: (await writeRates(stores.legacy, plan.forward)).map((rate) => captureCost(rate, capture)),
  };
}

async function probeAll(stores: Stores, plan: ResolvedPlan): Promise<FalseworkError[]> {
  const { legacy, candidate } = stores;
  const refused: FalseworkError[] = [];
  const ask = async (
    database: Database,
    probe: typeof probeMapping,
    mappings: readonly TableMapping[],
  ): Promise<void> => {
    const { label } = database;
    await coded({ database: label, operation: 'checking the mapping' }, () =>
      database.transaction({ reads: 'snapshot', isReadOnly: true }, async (session) => {
        for (const mapping of mappings) refused.push(...(await probe(session, { mapping, label })));
      }),
    );
  };
  await ask(legacy, probeMapping, plan.forward);
  await ask(candidate, probeFollower, plan.forward);
  await ask(candidate, probeMapping, plan.reverse);
  await ask(legacy, probeFollower, plan.reverse);
  return refused;
}

function writeRates(legacy: Database, mappings: readonly TableMapping[]): Promise<WriteRate[]> {
  return coded({ database: legacy.label, operation: 'reading write rates' }, () =>
    legacy.use((session) => readWriteRates(session, mappings)),
  );
}
