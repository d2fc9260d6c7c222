/**
 * Debian's Prometheus scrapes a real gateway and a real device while turns run; then each query of the dashboard must return data:
 * `npm run test:grafana`. It takes a minute.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dashboardQueries } from '../../deploy/grafana/dashboard.ts';
import { earshot } from '../support/cli.ts';
import { commandOptions } from '../support/command-options.ts';
import { freePort } from '../support/free-port.ts';
import { hasProgram } from '../support/has-program.ts';

const TURNS = 8;

commandOptions(
  'npm run test:grafana',
  'Each query of the dashboard returns data from a real gateway and a real device.',
  {},
);

/** Of Prometheus' HTTP API. */
interface PrometheusAnswer {
  status: string;
  error?: string;
  data?: { result: { value: [number, string] }[] };
}

const print = (line: string) => void process.stdout.write(`${line}\n`);

if (!hasProgram('prometheus', '--version')) {
  print('prometheus is not installed (apt-get install prometheus)');
  process.exit(process.env.EARSHOT_REQUIRE_PROMETHEUS ? 1 : 0);
}
const folder = mkdtempSync(join(tmpdir(), 'earshot-grafana-'));
const [gatewayPort, apiPort, port] = [await freePort(), await freePort(), await freePort()];
const gateway = earshot(['gateway', '--open', '--port', `${gatewayPort}`, '--state', join(folder, 'gateway')]);
await gateway.line(/^gateway at/);
const url = `ws://127.0.0.1:${gatewayPort}`;
const device = earshot([
  ...['run', '--gateway', url, '--input', 'silence', '--output', 'null', '--api', `${apiPort}`],
  ...['--state', join(folder, 'device'), '--json'],
]);
await device.message(/ connected/);

const config = `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: gateway
    static_configs: [{ targets: ['127.0.0.1:${gatewayPort}'] }]
  - job_name: device
    authorization: { credentials_file: ${join(folder, 'device', 'api-token')} }
    static_configs: [{ targets: ['127.0.0.1:${apiPort}'] }]
`;
writeFileSync(join(folder, 'prometheus.yml'), config);
const prometheus = spawn(
  'prometheus',
  [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ],
  { stdio: ['ignore', 'ignore', 'ignore'] },
);

const token = readFileSync(join(folder, 'device', 'api-token'), 'utf8').trim();
const command = (name: string) =>
  fetch(`http://127.0.0.1:${apiPort}/v1/${name}`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
for (let turn = 1; turn <= TURNS; turn += 1) {
  await command('press');
  await pause(1_000);
  await command('release');
  await device.line(/"turnId"/, turn);
  await pause(1_500);
}

let failures = 0;
for (const { title, query } of dashboardQueries()) {
  const expression = query.replaceAll('$__rate_interval', '30s');
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, error, data } = (await answer.json()) as PrometheusAnswer;
  const values: string[] = (data?.result ?? []).map(({ value }) => value[1]);
  const isGood = status === 'success' && values.some((value) => Number.isFinite(Number(value)));
  if (!isGood) failures += 1;
  print(`${isGood ? 'ok  ' : 'FAIL'} ${title}: ${error ?? values.slice(0, 3).join(', ')}  ${isGood ? '' : expression}`);
}
print(failures === 0 ? 'each query of the dashboard returns data' : `${failures} queries return no data`);
for (const each of [device, gateway, prometheus]) each.kill('SIGTERM');
await Promise.all([device.ended, gateway.ended]);
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
process.exit(failures === 0 ? 0 : 1);
