import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { oneRow } from '../postgres/session.ts';
import type { HealthReading } from './health.ts';

/*
 * What is ours does not count against us: everything of Falsework's begins with the same name. A
 * session of another role shows neither state nor age to a role without `pg_read_all_stats`; such
 * sessions are counted, so that it can be said that one is blind. The lag in time is
 * what a replica last reported: of one that is caught up it is of no account, and of one that has
 * fallen silent it stays what it was. Hence the distance in the log beside it, which then grows.
 */
const HEALTH = `
  with others as (
    select state, xact_start from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid()
       and application_name not like 'falsework-data%'),
  replicas as (
    select replay_lsn, replay_lag from pg_stat_replication
     where state = 'streaming' and application_name not like 'falsework-data%')
  select (select count(*) from others where state in ('active', 'fastpath function call')),
         (select coalesce(max(extract(epoch from clock_timestamp() - xact_start)) * 1000, 0)
            from others),
         (select max(case when replay_lsn < pg_current_wal_lsn()
                          then coalesce(extract(epoch from replay_lag) * 1000, 0) else 0 end)
            from replicas),
         (select max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) from replicas),
         (select count(*) from pg_stat_activity where backend_type is null)`;

/** Looks at a store once. */
export function readHealth(database: Database): Promise<HealthReading> {
  return coded({ database: database.label, operation: 'looking at its health' }, () =>
    database.use(async (session) => {
      const [active, age, lag, distance, hidden] = await oneRow(session, HEALTH);
      return {
        database: database.label,
        activeBackends: Number(active),
        transactionAgeMs: Number(age),
        replicaLagMs: lag === null || lag === undefined ? null : Number(lag),
        replicaLagBytes: distance === null || distance === undefined ? null : Number(distance),
        hidden: Number(hidden),
      };
    }),
  );
}
