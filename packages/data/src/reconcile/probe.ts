import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import type { Hashing } from './hash-sql.ts';

/*
 * One value at least of every type that is hashed by value, with those among them that have several
 * forms. That two servers hash alike is nowhere promised: not across major versions, not across
 * byte orders. So it is looked at, every time, before it is relied on.
 */
const ROWS: readonly string[] = [
  `true, 1::smallint, -2::integer, 9007199254740993::bigint, 4::oid`,
  `0::numeric, 1.50::numeric, -12345678901234567890.123456789::numeric, 'NaN'::numeric`,
  `1.5::real, '-0'::double precision, 1e300::double precision, 'NaN'::double precision`,
  `''::text collate "C", 'Zürich 漢字'::text collate "C", 'ab'::varchar collate "C", 'a '::char(4) collate "C"`,
  `'x'::"char", 'relname'::name collate "C", '\\x00ff'::bytea, null::text`,
  `'1b4e28ba-2fa1-11d2-883f-0016d3cca427'::uuid, '2024-02-29'::date, '23:59:59.999999'::time, '12:00+02'::timetz`,
  `'2024-02-29 12:34:56.789'::timestamp, '2024-02-29 12:34:56.789+05'::timestamptz, '1 mon 3 days'::interval`,
  `'{"b": [1, 2.50, null], "a": "x"}'::jsonb, '10.0.0.1/8'::inet, '10.0.0.0/8'::cidr`,
  `'08:00:2b:01:02:03'::macaddr, '08:00:2b:01:02:03:04:05'::macaddr8, '16/B374D848'::pg_lsn`,
  `array[1, 2, null]::integer[], array['a', '']::text[] collate "C", array_dims(array[[1], [2]])`,
];

const PROBE = `select string_agg(h::text, ',' order by n) from (${ROWS.map(
  (row, n) => `select ${n} as n, hash_record_extended(row(${row}), ${n}) as h`,
).join(' union all ')}) as q`;

/** What a server makes of the probe rows, as one text. */
export async function readProbe(session: Session): Promise<string> {
  return (await oneValue(session, PROBE)) ?? '';
}

/**
 * How the two servers of a feed can be compared: by their own hash of records where they agree on
 * the probe rows, by printed text where they do not.
 */
export async function chooseHashing(feed: Feed): Promise<Hashing> {
  const [source, follower] = await Promise.all(
    [feed.source, feed.follower].map((database) =>
      coded({ database: database.label, operation: 'probing hashes' }, () =>
        database.use(readProbe),
      ),
    ),
  );
  return source === follower ? 'record' : 'text';
}
