import { POSTGRES_VERSIONS, type PostgresVersion } from '@falsework/testkit/postgres';

/**
 * True when everything is to be tried: `FALSEWORK_TEST_THOROUGH=1`. Without it, tests that repeat
 * themselves over versions and seeds take those that are most likely to differ.
 */
export const IS_THOROUGH = process.env['FALSEWORK_TEST_THOROUGH'] === '1';

const OLDEST: PostgresVersion = POSTGRES_VERSIONS[0];
const NEWEST = POSTGRES_VERSIONS.at(-1) as PostgresVersion;

/** Versions of source and follower: the oldest and the newest, both ways; all when thorough. */
export const VERSION_PAIRS: readonly (readonly [PostgresVersion, PostgresVersion])[] = IS_THOROUGH
  ? [...POSTGRES_VERSIONS.map((version) => [version, NEWEST] as const), [NEWEST, OLDEST]]
  : [
      [OLDEST, NEWEST],
      [NEWEST, OLDEST],
    ];
