import { z } from 'zod';
import { CONSOLE_ROUTES } from './console-routes.ts';
import { route } from './route.ts';
import { cause } from './wire-causes.ts';
import { dataReport } from './wire-data.ts';
import { evidenceBatch, storedPair } from './wire-evidence.ts';
import { snapshot } from './wire-snapshot.ts';
import { decisionLine, migrationStatus, refusal } from './wire-status.ts';
import {
  count,
  instant,
  migrationName,
  name,
  shortText,
  signatureId,
  signaturePrefix,
  stage,
} from './wire-values.ts';

const nothing = z.object({});
const one = z.object({ migration: migrationName });
const PAGE_MAX = 1_000;
const limit = z.coerce.number().int().min(1).max(PAGE_MAX).default(100);

/**
 * What a person asks for. `execute: false` is a rehearsal: the answer says what would happen, and
 * nothing does.
 */
const request = z.discriminatedUnion('type', [
  z.object({ type: z.literal('advance'), to: stage.nullable() }),
  z.object({ type: z.literal('approve'), for: stage.nullable() }),
  z.object({ type: z.literal('hold'), reason: shortText.min(1) }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('rollback'), to: stage, reason: shortText.min(1) }),
  z.object({
    type: z.literal('accept'),
    id: signatureId,
    owner: name.trim().min(1),
    reason: shortText.trim().min(1),
    expiresAt: instant,
  }),
  z.object({ type: z.literal('reopen'), id: signatureId }),
]);

/** The whole admin API. */
export const ROUTES = {
  health: route({
    method: 'GET',
    path: '/healthz',
    role: 'none',
    summary: 'Is control alive, and can it reach its store?',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({ status: z.literal('ok'), migrations: count }),
  }),
  migrations: route({
    method: 'GET',
    path: '/v1/migrations',
    role: 'viewer',
    summary: 'Every migration, where it stands and what is missing.',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({ migrations: z.array(migrationStatus) }),
  }),
  migration: route({
    method: 'GET',
    path: '/v1/migrations/:migration',
    role: 'viewer',
    summary: 'One migration, where it stands and what is missing.',
    params: one,
    query: nothing,
    body: nothing,
    answer: migrationStatus,
  }),
  decisions: route({
    method: 'GET',
    path: '/v1/migrations/:migration/decisions',
    role: 'viewer',
    summary: 'The decision log, oldest first.',
    params: one,
    query: z.object({ after: z.coerce.number().int().min(0).default(0), limit }),
    body: nothing,
    answer: z.object({ decisions: z.array(decisionLine) }),
  }),
  replay: route({
    method: 'GET',
    path: '/v1/migrations/:migration/replay',
    role: 'viewer',
    summary: 'Decides the whole log again from its own inputs and compares.',
    params: one,
    query: nothing,
    body: nothing,
    answer: z.object({
      holds: z.boolean(),
      decisions: count,
      brokenAt: count.nullable(),
      because: z.string().nullable(),
    }),
  }),
  decide: route({
    method: 'POST',
    path: '/v1/migrations/:migration/decisions',
    role: 'operator',
    summary: 'Asks for a step. Without `execute` it only says what would happen.',
    params: one,
    query: nothing,
    body: z.object({ by: name, execute: z.boolean(), request }),
    answer: z.object({
      isExecuted: z.boolean(),
      decision: decisionLine.nullable(),
      refusal: refusal.nullable(),
      /** What is given up by the step itself, such as evidence; `null` when nothing is. */
      costs: z.string().nullable(),
      /** What it would cost to come back afterwards. */
      undo: z.string(),
    }),
  }),
  causes: route({
    method: 'GET',
    path: '/v1/migrations/:migration/causes',
    role: 'viewer',
    summary: 'Causes of differences, most frequent first. Without `epoch` those of all epochs.',
    params: one,
    query: z.object({
      epoch: z.coerce.number().int().min(1).optional(),
      /** The first digits of an id: only the causes that begin with them. */
      id: signaturePrefix.optional(),
      limit,
    }),
    body: nothing,
    answer: z.object({ causes: z.array(cause) }),
  }),
  pairs: route({
    method: 'GET',
    path: '/v1/migrations/:migration/pairs',
    role: 'viewer',
    summary: 'Stored pairs of answers that differed, redacted, latest first.',
    params: one,
    query: z.object({ id: signatureId.optional(), limit }),
    body: nothing,
    answer: z.object({ pairs: z.array(storedPair) }),
  }),
  note: route({
    method: 'POST',
    path: '/v1/migrations/:migration/causes/:id/note',
    role: 'operator',
    summary: 'Writes down what is known of a cause, and who looks after it.',
    params: one.extend({ id: signatureId }),
    query: nothing,
    body: z.object({ by: name, owner: name.nullable(), text: shortText.trim().min(1) }),
    answer: nothing,
  }),
  snapshot: route({
    method: 'GET',
    path: '/v1/migrations/:migration/snapshot',
    role: 'plane',
    summary: 'The present snapshot. With `Accept: text/event-stream`, that and every newer one.',
    params: one,
    query: nothing,
    body: nothing,
    answer: snapshot,
  }),
  evidence: route({
    method: 'POST',
    path: '/v1/migrations/:migration/evidence',
    role: 'plane',
    summary: 'Takes a batch of evidence; one that was taken before is not counted again.',
    params: one,
    query: nothing,
    body: evidenceBatch,
    answer: z.object({ isNew: z.boolean() }),
  }),
  data: route({
    method: 'POST',
    path: '/v1/migrations/:migration/data',
    role: 'plane',
    summary: 'Takes what the data side knows, whole: what it leaves out is not known any more.',
    params: one,
    query: nothing,
    body: dataReport,
    answer: nothing,
  }),
  legacyCode: route({
    method: 'POST',
    path: '/v1/migrations/:migration/legacy-code',
    role: 'operator',
    summary: 'Notes how much legacy code a scan of the source tree found.',
    params: one,
    query: nothing,
    body: z.object({ files: count }),
    answer: z.object({ files: count }),
  }),
  ...CONSOLE_ROUTES,
} as const;

/** What a person can ask for. */
export type StepRequest = z.output<typeof request>;
