import type { Answer, ROUTES, Route, StepRequest } from '@falsework/client/contract';
import { compared } from '@falsework/core/evidence';
import type { Clock } from '@falsework/core/ports';
import { type MigrationEvent, type MigrationState, undoCost } from '@falsework/core/stage';
import { formatCounted } from '@falsework/core/text';
import type { z } from 'zod';
import type { ControlService, Known } from '../service/control-service.ts';
import { distributionOf } from '../service/history.ts';
import { decisionLine, statusOf } from '../service/status.ts';
import type { Caller } from './auth.ts';

/** A request whose parts have been checked against the contract. */
export interface Checked<R extends Route> {
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: z.output<R['body']>;
  readonly caller: Caller;
}

/**
 * Those that set a cookie stand beside, and the one whose answer is kept as text: they need the
 * response itself.
 */
type OtherRoute = 'session' | 'signIn' | 'signOut' | 'causeLines';
type Routes = Omit<typeof ROUTES, OtherRoute>;

/** One handler for every route of the contract. */
export type Handlers = {
  readonly [Name in keyof Routes]: (
    request: Checked<Routes[Name]>,
  ) => Promise<Answer<Routes[Name]>>;
};

/** What each route does. */
export function createHandlers(service: ControlService, clock: Clock): Handlers {
  const statusNow = async (name: string): Promise<Answer<Routes['migration']>> => {
    const known = await service.known(name);
    return statusOf(known, await service.latency(name), clock.now());
  };
  return {
    health: async () => {
      await Promise.all(service.names.map((name) => service.snapshot(name)));
      return { status: 'ok', migrations: service.names.length };
    },
    migrations: async () => ({ migrations: await Promise.all(service.names.map(statusNow)) }),
    migration: async ({ params }) => statusNow(params.migration),
    decisions: async ({ params, query }) => {
      const page = await service.decisions(params.migration, query.after, query.limit);
      return { decisions: page.map(decisionLine) };
    },
    replay: async ({ params }) => {
      const { decisions, replayed } = await service.replay(params.migration);
      return 'state' in replayed
        ? { holds: true, decisions, brokenAt: null, because: null }
        : { holds: false, decisions, ...replayed };
    },
    decide: (request) => decideStep(service, request),
    causes: async ({ params, query }) => {
      const { epoch = null, id = '', limit } = query;
      const causes = await service.causes(params.migration, epoch, id);
      return { causes: causes.slice(0, limit) };
    },
    pairs: async ({ params, query }) => ({
      pairs: await service.pairs(params.migration, query.id ?? null, query.limit),
    }),
    note: async ({ params, body, caller }) => {
      await service.note(params.migration, params.id, { ...body, by: caller.name ?? body.by });
      return {};
    },
    events: async () => ({
      at: clock.now(),
      migrations: await Promise.all(service.names.map(statusNow)),
    }),
    history: ({ params, query: { seam = null, stratum = null } }) =>
      service.history(params.migration, { seam, stratum: seam === null ? null : stratum }),
    distributions: async ({ params }) => ({
      strata: (await service.latency(params.migration)).map(distributionOf),
    }),
    dataNow: async ({ params }) => dataNow(await service.known(params.migration)),
    snapshot: ({ params }) => service.snapshot(params.migration),
    evidence: async ({ params, body }) => ({
      isNew: await service.ingest(params.migration, body),
    }),
    data: async ({ params, body }) => {
      await service.noteData(params.migration, body);
      return {};
    },
    legacyCode: async ({ params, body }) => {
      await service.noteLegacyCode(params.migration, body.files);
      return { files: body.files };
    },
  };
}

function dataNow({ evidence: { data } }: Known): Answer<Routes['dataNow']> {
  const { invariants } = data ?? {};
  const unequal = invariants ? { ...invariants, unequal: [...invariants.unequal] } : null;
  return { data: data && { ...data, invariants: unequal } };
}

async function decideStep(
  service: ControlService,
  { params, body, caller }: Checked<Routes['decide']>,
): Promise<Answer<Routes['decide']>> {
  const { migration } = params;
  // A token that belongs to somebody signs in their name: two approvals by one person stay one.
  const event = await eventOf(service, migration, body.request, caller.name ?? body.by);
  const known = await service.known(migration);
  const outcome = await service.decide(migration, event, { execute: body.execute });
  if ('refused' in outcome) {
    const refusal = { ...outcome.refused, missing: [...outcome.refused.missing] };
    const nothing = 'nothing was changed';
    return { isExecuted: false, decision: null, refusal, costs: null, undo: nothing };
  }
  return {
    isExecuted: body.execute,
    decision: decisionLine(outcome.decision),
    refusal: null,
    costs: costWords(known, outcome.next),
    undo: undoWords(event, outcome.next, outcome.decision.from?.stage ?? 'inert'),
  };
}

/** What is given up by the step itself; `null` when nothing is. */
function costWords({ state, evidence }: Known, next: MigrationState): string | null {
  if (next.epoch.ordinal === state.epoch.ordinal) return null;
  const spent = evidence.strata.reduce((sum, { epoch }) => sum + compared(epoch.verdicts), 0);
  const comparisons = formatCounted(spent, 'comparison');
  return `the evidence starts again: ${comparisons} of epoch ${state.epoch.ordinal} count no more`;
}

function undoWords(
  event: MigrationEvent,
  next: MigrationState,
  before: MigrationState['stage'],
): string {
  if (event.type === 'accept') return `free: \`falsework diffs reopen ${event.cause.id}\``;
  if (event.type === 'reopen') return `free: \`falsework diffs accept ${event.id}\``;
  if (event.type === 'hold') return 'free: `falsework hold --resume`';
  if (event.type === 'resume') return 'free: `falsework hold`';
  if (next.stage === before)
    return 'free: `falsework rollback shadow` sends everybody back to legacy';
  return undoCost(next, before).words;
}

async function eventOf(
  service: ControlService,
  migration: string,
  request: StepRequest,
  by: string,
): Promise<MigrationEvent> {
  if (request.type !== 'accept' && request.type !== 'reopen') return { ...request, by };
  // What is accepted is what was seen, not what the request says it was.
  const { seam, id, template, kind, shapes } = (await service.cause(migration, request.id)).record;
  if (request.type === 'reopen') return { type: 'reopen', by, seam, id };
  const { owner, reason, expiresAt } = request;
  return {
    type: 'accept',
    by,
    cause: { seam, id, template, kind, shapes },
    owner,
    reason,
    expiresAt,
  };
}
