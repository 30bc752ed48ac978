// Line charts by uPlot. In a script of its own: as a program's code its options would cost five times as much.
"use strict";

/** Height of a chart in CSS pixels. */
const PLOT_HEIGHT = 180;

/**
 * Draws columns of numbers (steps first, nothing where a line has no point) into `target`. `lines` are
 * `[name, custom property of the color, "solid" | "dashed" | "thin"]`. Answers the chart, which is to be
 * handed in again as `plot`.
 */
function drawPlot(plot, target, lines, columns) {
  if (!globalThis.uPlot) return null;
  const key = JSON.stringify(lines);
  const width = Math.max(target.clientWidth, 120);
  // A chart keeps the lines that it was made with.
  if (plot && plot.key !== key) {
    plot.destroy();
    plot = null;
  }
  if (plot) {
    plot.setSize({ width, height: PLOT_HEIGHT });
    plot.setData(columns);
    return plot;
  }
  const style = getComputedStyle(target);
  const ink = (name) => style.getPropertyValue(name);
  const grid = { stroke: ink("--line"), width: 1 };
  const axis = { stroke: ink("--ink-soft"), grid, ticks: grid, size: 44 };
  const series = lines.map(([label, color, kind]) => ({
    label,
    stroke: ink(color),
    width: kind === "thin" ? 1 : 2,
    spanGaps: true,
    dash: kind === "dashed" ? [6, 5] : undefined,
    points: { show: kind === "solid" ? undefined : false },
  }));
  const made = new uPlot({
    width,
    height: PLOT_HEIGHT,
    scales: { x: { time: false } },
    series: [{}, ...series],
    axes: [axis, axis],
    legend: { show: false },
  }, columns, target);
  made.key = key;
  return made;
}

/** Takes a chart away. */
function dropPlot(plot) {
  plot.destroy();
}
