import uPlot from 'uplot';

/** A line that stays where it is until the next point: a share does not glide. */
export function steppedPaths(): uPlot.Series.PathBuilder {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  if (!stepped) throw new TypeError('uPlot has no stepped lines.');
  return stepped;
}
