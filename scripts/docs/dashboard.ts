import { own, type Panel, type Row, rows } from './dashboard-rows.ts';

const datasource = { type: 'prometheus', uid: '$datasource' };

const mappings = (words: Panel['words']) =>
  Object.entries(words ?? {}).map(([value, [text, color]]) => ({
    type: 'value',
    options: { [value]: { text, color } },
  }));

const steps = (red: number | undefined) => [
  { color: 'green', value: null },
  ...(red === undefined ? [] : [{ color: 'red', value: red }]),
];

const optionsOf = ({ type, words, title }: Panel) => {
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
  if (type === 'heatmap')
    return { calculate: false, yAxis: { unit: 's' }, color: { mode: 'scheme', scheme: 'Oranges', steps: 64 } };
  if (type === 'timeseries')
    return { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } };
  if (type === 'bargauge') return { reduceOptions, orientation: 'horizontal', displayMode: 'gradient' };
  return {
    reduceOptions,
    colorMode: words ? 'background' : 'value',
    graphMode: 'none',
    textMode: title === 'Versions' ? 'value_and_name' : 'value',
  };
};

const panelOf = (
  panel: Panel,
  at: { readonly id: number; readonly x: number; readonly y: number; readonly h: number },
) => ({
  id: at.id,
  title: panel.title,
  description: panel.description,
  type: panel.type,
  datasource,
  gridPos: { h: at.h, w: panel.width, x: at.x, y: at.y },
  fieldConfig: {
    defaults: {
      unit: panel.unit,
      noValue: '–',
      mappings: mappings(panel.words),
      thresholds: { mode: 'absolute', steps: steps(panel.red) },
    },
    overrides: [],
  },
  options: optionsOf(panel),
  targets: panel.queries.map(([legendFormat, expr], index) => ({
    refId: String.fromCharCode(65 + index),
    datasource,
    expr,
    legendFormat,
    range: panel.type === 'timeseries' || panel.type === 'heatmap',
    instant: panel.type === 'stat' || panel.type === 'bargauge',
    ...(panel.type === 'heatmap' && { format: 'heatmap' }),
  })),
});

/** The panels of every row, from left to right and from top to bottom. */
const laid = (all: readonly Row[]) => {
  const panels: unknown[] = [];
  let y = 0;
  for (const { title, height, panels: inRow } of all) {
    panels.push({
      id: panels.length + 1,
      title,
      type: 'row',
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const panel of inRow) {
      if (x + panel.width > 24) {
        x = 0;
        y += height;
      }
      panels.push(panelOf(panel, { id: panels.length + 1, x, y, h: height }));
      x += panel.width;
    }
    y += height;
  }
  return panels;
};

const variables = [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {}, hide: 0 },
  {
    ...{ name: 'instance', label: 'Instance', type: 'query', datasource, refresh: 2, sort: 1, hide: 0 },
    query: { query: 'label_values(keyfuse_build_info, instance)', refId: 'instance' },
    ...{ includeAll: true, multi: true, allValue: '.*', current: { text: 'All', value: '$__all' } },
  },
];

/** The Grafana dashboard, as Grafana's provisioning reads it. */
export const dashboard = (header: string): unknown => ({
  description: `${header} What leaked, what became of it, and whether Keyfuse can do its work.`,
  uid: 'keyfuse',
  title: 'Keyfuse',
  tags: ['keyfuse', 'security'],
  schemaVersion: 39,
  version: 1,
  editable: false,
  graphTooltip: 1,
  refresh: '30s',
  time: { from: 'now-24h', to: 'now' },
  timezone: 'browser',
  annotations: {
    list: [
      {
        ...{ name: 'Policy that deletes nothing', enable: true, iconColor: 'red', datasource },
        expr: `max by (mode) (keyfuse_mode{${own}, mode=~"watch|hold"}) == 1`,
        titleFormat: '{{mode}}',
      },
    ],
  },
  links: [],
  templating: { list: variables },
  panels: laid(rows),
});
