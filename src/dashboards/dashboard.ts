/** How a panel shows its result. */
export const CHART_KINDS = ['table', 'line', 'area', 'column', 'bar', 'pie', 'value', 'map', 'text'] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

/** What the numbers of a chart are. */
export const UNITS = ['count', 'bytes', 'seconds', 'percent'] as const;
export type Unit = (typeof UNITS)[number];

/** A parameter that all queries of a dashboard share: `{{name}}` in their text. */
export interface Variable {
  readonly name: string;
  readonly default: string;
  readonly label: string;
  /** Values to choose from; empty when any text goes. */
  readonly values: readonly string[];
}

/** A place on a grid of 24 columns, in grid units. */
export interface Layout {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface PanelBase {
  /** Unique in its dashboard; titles need not be. */
  readonly key: string;
  readonly title: string;
  readonly description: string | null;
  readonly layout: Layout;
}

/** A panel that runs a query. */
export interface QueryPanel extends PanelBase {
  readonly chart: Exclude<ChartKind, 'text'>;
  readonly query: string;
  /** A range of its own, as text (`-7d`, `-2d to -1d`); null takes the dashboard's. */
  readonly timeRange: string | null;
  readonly unit: Unit | null;
  /** How many bars, slices or series the chart shows; the rest is left out or drawn as one. Null is the chart's own. */
  readonly limit: number | null;
}

/** A panel that shows words. */
export interface TextPanel extends PanelBase {
  readonly chart: 'text';
  readonly text: string;
}

export type Panel = QueryPanel | TextPanel;

/** A saved dashboard. */
export interface Dashboard {
  readonly title: string;
  readonly description: string | null;
  /** As text: `-24h`, `-2d to -1d`. */
  readonly timeRange: string;
  readonly variables: readonly Variable[];
  readonly panels: readonly Panel[];
}
