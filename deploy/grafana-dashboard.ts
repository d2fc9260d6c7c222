/**
 * Writes deploy/grafana/earshot.json; `--check` fails if it is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { grafanaDashboard } from './grafana/dashboard.ts';

const file = new URL('grafana/earshot.json', import.meta.url);
const text = `${JSON.stringify(grafanaDashboard(), undefined, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('deploy/grafana/earshot.json is not current: npm run grafana\n');
  process.exitCode = 1;
}
