import { fault } from '@falsework/core/errors';

/** Where a store lives, parsed. `label` is what messages call it, and never holds a password. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string; readonly label: string }
  | {
      readonly kind: 'postgres';
      readonly url: string;
      readonly schema: string;
      readonly label: string;
    };

const SCHEMA_DEFAULT = 'falsework';
// What PostgreSQL takes without quotes, up to its own limit of 63 bytes, so that people can type it
// in psql.
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;
// Two letters at least before the colon: `C:\state.db` is a path.
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/**
 * Understands the address of a store: a bare path or `sqlite:PATH` is a file, `:memory:` lives as
 * long as the process, `postgres://…` is a server; its `?schema=` names the schema (default
 * `falsework`). Throws `FW_STORE_URL`.
 */
export function parseLocation(address: string): StoreLocation {
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) return sqliteAt(address);
  if (scheme === 'sqlite') return sqliteAt(pathAfter(address.slice('sqlite:'.length)));
  if (scheme === 'postgres' || scheme === 'postgresql') return postgresAt(address);
  throw fault('FW_STORE_URL', { because: `there is no store for ${scheme}:` });
}

function pathAfter(rest: string): string {
  if (!rest.startsWith('//')) return rest;
  // sqlite:///var/x is the absolute /var/x; in sqlite://x/y the x would be a host, and a file has
  // none.
  if (rest.startsWith('///')) return rest.slice(2);
  throw fault('FW_STORE_URL', { because: 'a file has no host; write sqlite:PATH' });
}

function sqliteAt(file: string): StoreLocation {
  if (file.trim() === '') throw fault('FW_STORE_URL', { because: 'the path is empty' });
  if (file.includes('\0')) throw fault('FW_STORE_URL', { because: 'the path holds a NUL' });
  const label = file === ':memory:' ? 'The store in memory' : `The store file ${file}`;
  return { kind: 'sqlite', file, label };
}

function postgresAt(address: string): StoreLocation {
  // Neither the address nor the parser's own message goes into ours: both may quote the password.
  const url = URL.parse(address);
  if (url === null || !address.includes('://'))
    throw fault('FW_STORE_URL', { because: 'it is not a valid postgres:// URL' });
  const database = url.pathname.slice(1);
  if (database === '') throw fault('FW_STORE_URL', { because: 'it names no database' });
  const schema = url.searchParams.get('schema') ?? SCHEMA_DEFAULT;
  if (!SCHEMA_NAME.test(schema)) {
    throw fault('FW_STORE_URL', {
      because: 'its schema may hold small letters, digits and _, at most 63 of them',
    });
  }
  // Ours, not the driver's: it would be sent to the server as a setting.
  url.searchParams.delete('schema');
  const host = url.host || url.searchParams.get('host') || 'localhost';
  return { kind: 'postgres', url: url.href, schema, label: `The store ${database} at ${host}` };
}
