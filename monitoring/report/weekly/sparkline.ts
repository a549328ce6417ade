import { init } from "echarts";
import { Markup } from "../markup.ts";
import { tidySvg } from "../svg.ts";
import type { Trend } from "./trend.ts";

const size = { width: 168, height: 34 } as const;

/**
 * The P95 of a week as a line with P99 dotted above it, from zero. Its colours are the style sheet's variables, so
 * that one drawing serves light and dark. Milliseconds.
 */
export function sparkline({ action, version, p95, p99 }: Trend, days: readonly string[]): Markup {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    const colour = `var(--${version})`;
    chart.setOption({
      animation: false,
      grid: { left: 3, right: 3, top: 3, bottom: 3 },
      xAxis: { type: "category", show: false, boundaryGap: false, data: [...days] },
      yAxis: { type: "value", show: false, min: 0 },
      series: [
        line(p99, { color: colour, width: 1, type: [1, 3] }),
        { ...line(p95, { color: colour, width: 1.8 }), ...endPoint(p95, colour) },
      ],
    });
    const said = p95.map((value) => (value === null ? "–" : `${value.toFixed(0)} ms`)).join(", ");
    // It becomes part of ids: whatever an action is called, nothing may end an attribute.
    const name = `spark-${version}-${action.replaceAll(/\W/g, "-")}`;
    return new Markup(tidySvg(chart.renderToSVGString(), name, `P95 of ${action} by day: ${said}`));
  } finally {
    chart.dispose();
  }
}

function line(values: readonly (number | null)[], lineStyle: object) {
  return { type: "line" as const, data: [...values], symbol: "none", silent: true, lineStyle };
}

/** A dot where the week ends, or a day alone would not be seen at all. */
function endPoint(values: readonly (number | null)[], color: string) {
  const last = values.findLastIndex((value) => value !== null);
  return {
    symbol: "circle",
    showAllSymbol: true,
    symbolSize: (_value: unknown, { dataIndex }: { dataIndex: number }) => (dataIndex === last ? 5 : 0),
    itemStyle: { color },
  };
}
