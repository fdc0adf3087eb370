import { CLI_ERRORS } from './cli-errors.ts';
import { CLIENT_ERRORS } from './client-errors.ts';
import { COMPARE_ERRORS } from './compare-errors.ts';
import { CONFIG_ERRORS } from './config-errors.ts';
import { CONTROL_ERRORS } from './control-errors.ts';
import { DATA_ERRORS } from './data-errors.ts';
import { FENCE_ERRORS } from './fence-errors.ts';
import { GRPC_ERRORS } from './grpc-errors.ts';
import { GUARD_ERRORS } from './guard-errors.ts';
import { JOURNAL_ERRORS } from './journal-errors.ts';
import { NOTIFY_ERRORS } from './notify-errors.ts';
import { OPENAPI_ERRORS } from './openapi-errors.ts';
import { SEAM_ERRORS } from './seam-errors.ts';
import { STORE_ERRORS } from './store-errors.ts';
import { TURNOVER_ERRORS } from './turnover-errors.ts';

/**
 * Every error that Falsework can raise. A code never changes once it has shipped; the pages in
 * `docs/errors/` are generated from this table, and a test checks that the table, the pages and the
 * raised codes are one set.
 */
export const CATALOGUE = {
  ...CLI_ERRORS,
  ...CLIENT_ERRORS,
  ...COMPARE_ERRORS,
  ...CONTROL_ERRORS,
  ...CONFIG_ERRORS,
  ...NOTIFY_ERRORS,
  ...STORE_ERRORS,
  ...DATA_ERRORS,
  ...TURNOVER_ERRORS,
  ...FENCE_ERRORS,
  ...SEAM_ERRORS,
  ...GUARD_ERRORS,
  ...JOURNAL_ERRORS,
  ...GRPC_ERRORS,
  ...OPENAPI_ERRORS,
} as const;

/** The permanent code of an error, `FW_…`. */
export type ErrorCode = keyof typeof CATALOGUE;

/** The values that the message of one code is built from. Never secrets, never row contents. */
export type ErrorFacts<Code extends ErrorCode> = Parameters<(typeof CATALOGUE)[Code]['message']>[0];
