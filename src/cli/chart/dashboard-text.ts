import { timeText } from '../../dashboards/chart/times.ts';
import { tableOf } from '../../dashboards/result-table.ts';
import type { DashboardResult, PanelResult } from '../../dashboards/run-dashboard.ts';
import { GEO_ATTRIBUTION } from '../../lookups/geo-table.ts';
import { visible } from '../output/visible.ts';
import { type ChartLook, drawnWidth, ink, outputLook, padded, plain } from './look.ts';
import { renderChart } from './render-chart.ts';

const GRID_COLUMNS = 24;
const GAP = 3;
/** Below this many cells a panel is not put beside others. */
const NARROWEST = { value: 20, other: 66 } as const;

/** A dashboard in text: panels in the rows of their layout, beside each other where there is room. */
export function dashboardText(
  result: DashboardResult,
  timeZone: string,
  look: ChartLook = outputLook(timeZone),
): string {
  const { title, description, range, parameters, panels } = result;
  const ends = [range.from, range.to].map((time) =>
    Number.isFinite(time) ? timeText(time, timeZone) : 'open',
  );
  const chosen = parameters
    .filter(({ value }) => value !== '*')
    .map(({ label, value }) => `${label}: ${value}`);
  const heading = [
    ink(visible(title), 'bold', look),
    ...(description === null
      ? []
      : wrapped(visible(description), look.width).map((line) => ink(line, 'dim', look))),
    ink([`${ends[0]} to ${ends[1]} ${timeZone}`, ...chosen.map(visible)].join('   '), 'dim', look),
  ];
  const rows = panelRows(panels).map((row) => rowText(row, look));
  const maps = panels.some(({ chart, state }) => chart === 'map' && state === 'done');
  const credit = maps ? [ink(GEO_ATTRIBUTION, 'dim', look), ''] : [];
  return plain(`${[...heading, '', ...rows, ...credit].join('\n')}\n`, look);
}

/** The panels by the lines of the grid that they begin on, from top to bottom and left to right. */
function panelRows(panels: readonly PanelResult[]): readonly (readonly PanelResult[])[] {
  const rows = new Map<number, PanelResult[]>();
  for (const panel of panels.toSorted((a, b) => a.layout.y - b.layout.y || a.layout.x - b.layout.x)) {
    const row = rows.get(panel.layout.y);
    if (row === undefined) rows.set(panel.layout.y, [panel]);
    else row.push(panel);
  }
  return [...rows.values()];
}

function rowText(row: readonly PanelResult[], look: ChartLook): string {
  const widths = row.map(
    ({ layout }) => Math.floor(((look.width + GAP) * layout.width) / GRID_COLUMNS) - GAP,
  );
  const beside = row.every(({ chart }, position) => {
    return widths[position]! >= (chart === 'value' ? NARROWEST.value : NARROWEST.other);
  });
  if (!beside || row.length === 1) {
    return row.map((panel) => `${panelLines(panel, look).join('\n')}\n`).join('\n');
  }
  const blocks = row.map((panel, position) => panelLines(panel, { ...look, width: widths[position]! }));
  const height = Math.max(...blocks.map((block) => block.length));
  const lines = Array.from({ length: height }, (_, line) =>
    blocks
      .map((block, position) => {
        const text = block[line] ?? '';
        const space = widths[position]! + GAP - drawnWidth(text);
        return position === blocks.length - 1 ? text : text + ' '.repeat(Math.max(space, 1));
      })
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function panelLines(panel: PanelResult, look: ChartLook): string[] {
  const title = padded(panel.title, look.width).trimEnd();
  const rule = ink((look.unicode ? '─' : '-').repeat(look.width), 'dim', look);
  return [ink(title, 'bold', look), rule, ...contentLines(panel, look)];
}

function contentLines(panel: PanelResult, look: ChartLook): string[] {
  switch (panel.state) {
    case 'text':
      return panel.text.split('\n').flatMap((line) => wrapped(visible(line), look.width));
    case 'failed': {
      const { message, hint } = panel.failure;
      const lines = message.split('\n').map((line) => ink(visible(line), 'reject', look));
      return hint === null ? lines : [...lines, ...wrapped(visible(hint), look.width)];
    }
    case 'done': {
      const warnings = panel.warnings.flatMap((text) => wrapped(`warning: ${visible(text)}`, look.width));
      return [
        ...renderChart(tableOf(panel.batch), panel, look),
        ...warnings.map((line) => ink(line, 'dim', look)),
      ];
    }
  }
}

/** The text in lines of at most `width` cells, broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && drawnWidth(line) + 1 + drawnWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
