/**
 * The dashboard for Grafana: what an operator asks first, of gateways and of devices. Each panel has its queries; Grafana's own JSON is made
 * from them (`npm run grafana`).
 */

interface Panel {
  title: string;
  /** Of Grafana: `s`, `bytes`, `short`, `percentunit`, `ops`. */
  unit: string;
  /** By the name in the legend, which may use labels as `{{label}}`. */
  queries: Readonly<Record<string, string>>;
}

const RATE = '[$__rate_interval]';
const quantiles = (metric: string, more = '') =>
  Object.fromEntries(
    ([0.5, 0.95, 0.99] as const).map((q) => [
      `p${q * 100}`,
      `histogram_quantile(${q}, sum by (le) (rate(${metric}_bucket{${more}}${RATE})))`,
    ]),
  );

const ROWS: Readonly<Record<string, readonly Panel[]>> = {
  Gateways: [
    {
      title: 'Devices and turns',
      unit: 'short',
      queries: { devices: 'sum(earshot_gateway_devices)', turns: 'sum(earshot_gateway_streams)' },
    },
    {
      title: 'Turns by outcome',
      unit: 'ops',
      queries: { '{{outcome}}': `sum by (outcome) (rate(earshot_gateway_turns_total${RATE}))` },
    },
    {
      title: 'Reply delay: end of the utterance to the first sound',
      unit: 's',
      queries: quantiles('earshot_gateway_turn_latency_seconds', 'stage="total"'),
    },
    {
      title: 'Delay by stage, 95 %',
      unit: 's',
      queries: {
        '{{stage}}': `histogram_quantile(0.95, sum by (le, stage) (rate(earshot_gateway_turn_latency_seconds_bucket${RATE})))`,
      },
    },
    {
      title: 'Records that wait for the cloud',
      unit: 'short',
      queries: { waiting: 'sum(earshot_gateway_records_waiting)', dead: 'sum(earshot_gateway_dead_letters)' },
    },
    {
      title: 'Calls of the cloud',
      unit: 'ops',
      queries: {
        '{{call}}': `sum by (call) (rate(earshot_gateway_cloud_calls_total${RATE}))`,
        failed: `sum(rate(earshot_gateway_cloud_call_failures_total${RATE})) or vector(0)`,
      },
    },
    { title: 'How late timers are', unit: 's', queries: quantiles('earshot_gateway_event_loop_lag_seconds') },
    {
      title: 'CPU and memory of gateways',
      unit: 'short',
      queries: {
        'cores {{instance}}': `rate(process_cpu_seconds_total${RATE}) and on (instance) earshot_gateway_info`,
        'GB {{instance}}': 'process_resident_memory_bytes / 1e9 and on (instance) earshot_gateway_info',
      },
    },
    {
      title: 'Audio',
      unit: 'Bps',
      queries: { '{{direction}}': `sum by (direction) (rate(earshot_gateway_packet_bytes_total${RATE}))` },
    },
    {
      title: 'Ready, connected to the cloud, draining',
      unit: 'short',
      queries: {
        ready: 'sum(earshot_gateway_ready)',
        cloud: 'sum(earshot_gateway_cloud_connected)',
        draining: 'sum(earshot_gateway_draining)',
      },
    },
  ],
  Devices: [
    {
      title: 'Reply delay',
      unit: 's',
      queries: quantiles('earshot_turn_latency_seconds', 'stage="total"'),
    },
    {
      title: 'Turns',
      unit: 'ops',
      queries: {
        'turns {{instance}}': `rate(earshot_turns_total${RATE})`,
        'failed {{instance}}': `rate(earshot_failed_turns_total${RATE})`,
      },
    },
    {
      title: 'Link',
      unit: 'short',
      queries: { 'connected {{instance}}': 'earshot_connected', 'losses {{instance}}': 'earshot_link_losses_total' },
    },
    { title: 'Round trip', unit: 's', queries: { '{{instance}}': 'earshot_network_latency_seconds' } },
    {
      title: 'Frames lost and concealed',
      unit: 'short',
      queries: {
        'lost {{instance}}': `rate(earshot_frames_lost_total${RATE})`,
        'underruns {{instance}}': `rate(earshot_underruns_total${RATE})`,
      },
    },
    {
      title: 'Buffers',
      unit: 'short',
      queries: { '{{buffer}} {{instance}}': 'earshot_buffer_depth' },
    },
    {
      title: 'CPU and memory of devices',
      unit: 'short',
      queries: {
        'cores {{instance}}': `rate(process_cpu_seconds_total${RATE}) and on (instance) earshot_info`,
        'GB {{instance}}': 'process_resident_memory_bytes / 1e9 and on (instance) earshot_info',
      },
    },
    { title: 'Crashed actors', unit: 'short', queries: { '{{instance}}': 'earshot_actor_crashes_total' } },
  ],
};

/** A variable of the dashboard. */
const DATASOURCE = { type: 'prometheus', uid: ['$', '{datasource}'].join('') };
const WIDTH = 12;
const HEIGHT = 8;

/** All queries, for the test. */
export function dashboardQueries(): { title: string; query: string }[] {
  const panels = Object.values(ROWS).flat();
  return panels.flatMap(({ title, queries }) => Object.values(queries).map((query) => ({ title, query })));
}

export function grafanaDashboard(): object {
  let y = 0;
  let id = 0;
  const panels = Object.entries(ROWS).flatMap(([title, of]) => {
    const row = { id: ++id, type: 'row', title, collapsed: false, gridPos: { x: 0, y: y++, w: 24, h: 1 }, panels: [] };
    const drawn = of.map((panel, index) =>
      timeSeries(panel, ++id, (index % 2) * WIDTH, y + Math.floor(index / 2) * HEIGHT),
    );
    y += Math.ceil(of.length / 2) * HEIGHT;
    return [row, ...drawn];
  });
  return {
    title: 'Earshot',
    uid: 'earshot',
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    tags: ['earshot'],
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }] },
    panels,
  };
}

function timeSeries({ title, unit, queries }: Panel, id: number, x: number, y: number) {
  return {
    ...{ id, type: 'timeseries', title, datasource: DATASOURCE, gridPos: { x, y, w: WIDTH, h: HEIGHT } },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: Object.entries(queries).map(([legendFormat, expr], index) => ({
      ...{ refId: String.fromCharCode(65 + index), datasource: DATASOURCE, expr, legendFormat },
    })),
  };
}
