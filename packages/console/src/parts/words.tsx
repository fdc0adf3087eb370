import type { ReactNode } from 'react';

/** Words of the catalogue: what stands between backticks is something to type. */
export function Words({ children }: { readonly children: string }): ReactNode {
  return children
    .split('`')
    .map((part, i) => (i % 2 === 0 ? part : <code key={`${i}${part}`}>{part}</code>));
}

/** A moment, exact when somebody rests on it. */
export function Moment({ at }: { readonly at: number }): ReactNode {
  const exact = new Date(at).toISOString();
  return (
    <time dateTime={exact} title={exact}>
      {exact.slice(0, 19).replace('T', ' ')}
    </time>
  );
}

/** A number with its name, for the tiles of a page. */
export function Figure({
  name,
  children,
  tone,
}: {
  readonly name: string;
  readonly children: ReactNode;
  readonly tone: 'good' | 'bad' | 'warn' | 'unknown';
}): ReactNode {
  return (
    <div className={`figure ${tone}`}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
