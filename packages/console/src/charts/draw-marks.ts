import type uPlot from 'uplot';
import type { Mark } from '../view/marks.ts';
import type { Theme } from './theme.ts';

const DASH = 4;
const LABEL_SIZE = 11;
// Labels closer than this would lie on each other; the line of the later one stands without.
const LABEL_GAP = 26;

/**
 * Draws decisions as lines through a chart: epochs as wide boundaries, ways back in red, and
 * everything with the number that it has in the log.
 */
export function drawMarks(plot: uPlot, marks: readonly Mark[], theme: Theme): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${LABEL_SIZE * ratio}px system-ui, sans-serif`;
  let labelled = Number.NEGATIVE_INFINITY;
  for (const { at, sequence, kind } of marks) {
    const x = Math.round(plot.valToPos(at / 1_000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const colour = kind === 'back' ? theme.bad : theme.mark;
    ctx.strokeStyle = colour;
    ctx.lineWidth = (kind === 'step' ? 1 : 2) * ratio;
    ctx.setLineDash(kind === 'epoch' ? [] : [DASH * ratio, DASH * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (x - labelled < LABEL_GAP * ratio) continue;
    labelled = x;
    ctx.fillStyle = colour;
    ctx.fillText(`${sequence}`, x + 3 * ratio, bbox.top + LABEL_SIZE * ratio);
  }
  ctx.restore();
}
