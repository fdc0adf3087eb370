import { declared, type ShadowScope } from '../run/scope.ts';
import type { QueryAnswer } from './pool-like.ts';
import type { Checkout, ShadowTransaction } from './shadow-transaction.ts';

type Callback = (error: unknown, given?: unknown, release?: () => void) => void;

/**
 * Answers a query in the form in which it was asked: by a promise, or by the callback at the end of
 * the arguments.
 */
export function answered(
  args: readonly unknown[],
  query: (args: readonly unknown[]) => Promise<QueryAnswer>,
): unknown {
  const tell = args.at(-1);
  if (typeof tell !== 'function') return quiet(query(args));
  query(args.slice(0, -1)).then(
    (answer) => (tell as Callback)(null, answer),
    (error: unknown) => (tell as Callback)(error),
  );
  return undefined;
}

/** Answers a request for a connection, in the form in which it was asked. */
export function connected(args: readonly unknown[], connect: () => Promise<object>): unknown {
  const [tell] = args;
  if (typeof tell !== 'function') return quiet(connect());
  connect().then(
    (client) => (tell as Callback)(undefined, client, () => {}),
    (error: unknown) => (tell as Callback)(error),
  );
  return undefined;
}

const LISTENING = new Set<PropertyKey>([
  'on',
  'once',
  'addListener',
  'prependListener',
  'off',
  'removeListener',
  'removeAllListeners',
]);

/**
 * A connection as a shadow run has it: what it begins, commits and releases stays within the run's
 * transaction.
 */
export function shadowClient(transaction: ShadowTransaction, scope: ShadowScope): object {
  const checkout: Checkout = { savepoint: null };
  const own: Readonly<Record<PropertyKey, (...args: unknown[]) => unknown>> = {
    query: (...args) => {
      if (isSelfSending(args[0])) return declared(scope, () => transaction.submit(args));
      return answered(args, (given) => declared(scope, () => transaction.query(checkout, given)));
    },
    connect: () => Promise.resolve(),
    // Given back when the run ends: until then its locks are the transaction's.
    release: () => undefined,
    end: () => Promise.resolve(),
  };
  const client: object = new Proxy(transaction.client, {
    get: (target, key) => {
      if (Object.hasOwn(own, key)) return own[key];
      // A listener would stay with the connection when the run is long gone.
      if (LISTENING.has(key)) return () => client;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return client;
}

/** True for a cursor or a stream, which `pg` has send itself. */
function isSelfSending(first: unknown): boolean {
  return typeof first === 'object' && first !== null && 'submit' in first;
}

/** A rejection that the side does not wait for must not end the process. */
function quiet<Given>(promise: Promise<Given>): Promise<Given> {
  promise.catch(() => {});
  return promise;
}
