import {
  CHART_KINDS,
  type Dashboard,
  type Layout,
  type Panel,
  type QueryPanel,
  type TextPanel,
  UNITS,
  type Variable,
} from './dashboard.ts';
import { readYaml, type YamlFields } from './yaml-file.ts';

const GRID_COLUMNS = 24;

/** Reads a dashboard file (YAML). Throws a FileError that lists everything wrong with it. */
export function readDashboard(text: string, fileName: string): Dashboard {
  return readYaml(text, fileName, (fields) => {
    fields.onlyKnown(['title', 'description', 'timeRange', 'variables', 'panels', 'imported']);
    const dashboard = {
      title: fields.text('title'),
      description: fields.optionalText('description'),
      timeRange: fields.text('timeRange', '-24h'),
      variables: fields.list('variables').map(readVariable),
      panels: stacked(fields.list('panels', true).map(readPanel)),
    };
    noteRepeated(fields.list('panels'), 'key', (panel) => panel.optionalText('key'));
    noteRepeated(
      fields.list('variables'),
      'name',
      (variable) => variable.optionalText('name')?.toLowerCase() ?? null,
    );
    return dashboard;
  });
}

/** Panels without a place of their own stand below everything before them. */
function stacked(panels: readonly UnplacedPanel[]): readonly Panel[] {
  let bottom = 0;
  return panels.map(({ place, ...panel }) => {
    const layout = place ?? { x: 0, y: bottom, width: GRID_COLUMNS, height: 8 };
    bottom = Math.max(bottom, layout.y + layout.height);
    return { ...panel, layout };
  });
}

function noteRepeated(
  items: readonly YamlFields[],
  key: string,
  nameOf: (item: YamlFields) => string | null,
): void {
  const seen = new Set<string>();
  for (const item of items) {
    const name = nameOf(item);
    if (name === null) continue;
    if (seen.has(name)) item.problem(key, `\`${name}\` occurs twice`, `every \`${key}\` must be unique`);
    seen.add(name);
  }
}

function readVariable(fields: YamlFields): Variable {
  fields.onlyKnown(['name', 'default', 'label', 'values']);
  const name = fields.text('name');
  if (!/^\w+$/.test(name)) {
    fields.problem('name', `\`${name}\` cannot name a variable`, 'use letters, digits and `_`');
  }
  return {
    name,
    default: fields.text('default', '*'),
    label: fields.text('label', name),
    values: fields.texts('values'),
  };
}

type Unplaced<P extends Panel> = Omit<P, 'layout'> & { readonly place: Layout | null };
type UnplacedPanel = Unplaced<QueryPanel> | Unplaced<TextPanel>;

function readPanel(fields: YamlFields): UnplacedPanel {
  const chart = fields.oneOf('chart', CHART_KINDS, 'table');
  const base = {
    key: fields.text('key'),
    title: fields.text('title'),
    description: fields.optionalText('description'),
    place: readLayout(fields),
  };
  const common = ['key', 'title', 'description', 'chart', 'layout', 'imported'];
  if (chart === 'text') {
    fields.onlyKnown([...common, 'text']);
    return { ...base, chart, text: fields.text('text') };
  }
  fields.onlyKnown([...common, 'query', 'timeRange', 'unit', 'limit']);
  return {
    ...base,
    chart,
    query: fields.text('query'),
    timeRange: fields.optionalText('timeRange'),
    unit: fields.optionalOneOf('unit', UNITS),
    limit: fields.optionalWhole('limit'),
  };
}

function readLayout(fields: YamlFields): Layout | null {
  const place = fields.fields('layout');
  if (place === null) return null;
  place.onlyKnown(['x', 'y', 'width', 'height']);
  const layout = {
    x: place.whole('x'),
    y: place.whole('y'),
    width: place.whole('width'),
    height: place.whole('height'),
  };
  if (layout.width < 1 || layout.height < 1 || layout.x + layout.width > GRID_COLUMNS) {
    fields.problem(
      'layout',
      `the panel does not fit: x ${layout.x}, width ${layout.width}, height ${layout.height}`,
      `the grid has ${GRID_COLUMNS} columns; width and height are at least 1`,
    );
  }
  return layout;
}
