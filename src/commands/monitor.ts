import { Option } from 'commander';
import { chooseDaemon, watchDaemon } from '../../actors/monitor/monitor-client.ts';
import type { DefineCommand } from '../command.ts';
import { monitorFolders } from '../monitor/folder.ts';
import { toPrometheus } from '../monitor/prometheus.ts';
import { view } from '../monitor/view.ts';
import { wholeNumber } from '../options.ts';
import { printJson, printLine, resultIsWatched, writeMessage } from '../output.ts';

interface MonitorOptions {
  pid?: number;
  json?: boolean;
  prometheus?: boolean;
  once?: boolean;
}

/** Clears the screen from where the last view began. */
const upBy = (lines: number) => `\u001b[${lines}A\u001b[J`;

const define: DefineCommand = (command) => {
  command
    .option('--pid <n>', 'process of the daemon (default: the youngest)', wholeNumber(1, 2 ** 22))
    .option('--json', 'print a JSON object a line, twice a second')
    .addOption(new Option('--prometheus', "print once, in Prometheus' text format").conflicts('json'))
    .option('--once', 'print once')
    .addHelpText('after', HELP)
    .action(watch);
};

const HELP = `
For Prometheus, with node_exporter's textfile collector, each minute from root's crontab (docs/operations.md):
  earshot monitor --prometheus > /run/earshot.prom && mv /run/earshot.prom /var/lib/prometheus/node-exporter/`;

async function watch({ pid, json, prometheus, once }: MonitorOptions): Promise<void> {
  const { daemon, others } = chooseDaemon(monitorFolders(), pid);
  if (others > 0) writeMessage(`watching process ${daemon.pid}, the youngest of ${others + 1} (--pid chooses)\n`);
  const redraws = resultIsWatched();
  let shown = 0;
  for await (const figures of watchDaemon(daemon)) {
    if (prometheus) printLine(toPrometheus(figures));
    else if (json) printJson(figures);
    else {
      const lines = view(figures);
      printLine(`${shown > 0 ? upBy(shown) : ''}${lines.join('\n')}`);
      shown = lines.length;
    }
    if (once || prometheus || (!json && !redraws)) return;
  }
  writeMessage('the daemon has ended\n');
}

export default define;
