import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import type { Mark } from '../view/marks.ts';
import { drawMarks } from './draw-marks.ts';
import type { Theme } from './theme.ts';

/** A chart: what it is called, what it shows in words, its lines and its numbers. */
export interface ChartProps {
  readonly title: string;
  /** The same in a sentence, for whoever cannot see it. */
  readonly summary: string;
  readonly columns: uPlot.AlignedData;
  readonly theme: Theme;
  /** Made anew only when the lines themselves change, not with every number. */
  readonly options: Pick<uPlot.Options, 'series'> & Partial<uPlot.Options>;
  /** Decisions, as lines through the chart; none on charts without time. */
  readonly marks?: readonly Mark[];
  /** The ends of the horizontal axis; left out for those of the data. */
  readonly range?: readonly [from: number, to: number];
}

const HEIGHT = 220;

/** Draws with uPlot: made once, fed with numbers, as wide as its place. */
export function Chart(props: ChartProps): ReactNode {
  const { title, summary, columns, options, theme } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const target = place.current;
    if (!target) return;
    const made = new uPlot(
      completed(options, theme, latest, target.clientWidth),
      latest.current.columns,
      target,
    );
    plot.current = made;
    const watcher = new ResizeObserver(() => {
      made.setSize({ width: target.clientWidth, height: HEIGHT });
    });
    watcher.observe(target);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [options, theme]);
  useEffect(() => {
    plot.current?.setData(columns);
  }, [columns]);
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong>
        <span className="quiet">{summary}</span>
      </figcaption>
      <div ref={place} className="plot" role="img" aria-label={`${title}: ${summary}`} />
    </figure>
  );
}

function completed(
  options: ChartProps['options'],
  theme: Theme,
  latest: { readonly current: ChartProps },
  width: number,
): uPlot.Options {
  const axis = { stroke: theme.text, grid: { stroke: theme.grid }, ticks: { stroke: theme.grid } };
  return {
    ...options,
    width,
    height: HEIGHT,
    axes: (options.axes ?? [{}, {}]).map((each) => {
      return { ...axis, ...each, grid: { ...axis.grid, ...each.grid } };
    }),
    scales: {
      ...options.scales,
      x: {
        ...options.scales?.x,
        // Without ends of its own a logarithmic axis has to keep uPlot's, which are even: from an
        // uneven one, such as 0.097, uPlot 1.6 makes ticks without end until memory has gone.
        ...(latest.current.range && {
          range: (_, low, high): uPlot.Range.MinMax => {
            const [from, to] = latest.current.range ?? [low, high];
            return [from, to];
          },
        }),
      },
    },
    hooks: {
      draw: [(made) => drawMarks(made, latest.current.marks ?? [], theme)],
    },
  };
}
