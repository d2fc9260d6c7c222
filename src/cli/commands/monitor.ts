import { Option } from 'commander';
import { monitorFolders } from '../../observability/monitor/folder.ts';
import { chooseDaemon, watchDaemon } from '../../observability/monitor/monitor-client.ts';
import { toPrometheus } from '../../observability/monitor/prometheus.ts';
import { view } from '../../observability/monitor/view.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { isResultTerminal, printJson, printLine, printMessage, reprintLines } from '../terminal/output.ts';

interface MonitorOptions {
  pid?: number;
  json?: boolean;
  prometheus?: boolean;
  once?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .option('--pid <n>', 'process ID of the daemon (default: the newest)', wholeNumber(1, 2 ** 22))
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
  if (others > 0) printMessage(`watching process ${daemon.pid}, the newest of ${others + 1} (--pid selects another)`);
  const redraws = isResultTerminal();
  let shown = 0;
  for await (const metrics of watchDaemon(daemon)) {
    if (prometheus) for (const line of toPrometheus(metrics)) printLine(line);
    else if (json) printJson(metrics);
    else {
      const lines = view(metrics);
      reprintLines(lines, shown);
      shown = lines.length;
    }
    if (once || prometheus || (!json && !redraws)) return;
  }
  printMessage('the daemon has ended');
}

export default define;
