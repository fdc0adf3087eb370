import type { ReactNode } from 'react';

const WIDTH = 72;
const HEIGHT = 18;
const BARS = 12;

/** The counts of the last hours as bars, so that rising and fading are seen without reading. */
export function Trend({ counts }: { readonly counts: readonly number[] }): ReactNode {
  const most = Math.max(1, ...counts);
  const width = WIDTH / BARS;
  const first = BARS - counts.length;
  return (
    <svg className="trend" width={WIDTH} height={HEIGHT} aria-hidden="true">
      {counts.map((count, i) => {
        const height = Math.max(count > 0 ? 1 : 0, (count / most) * HEIGHT);
        const x = (first + i) * width;
        return <rect key={x} x={x} y={HEIGHT - height} width={width - 1} height={height} />;
      })}
    </svg>
  );
}
