/**
 * Two monitors with clients on real sockets, and the report to the cloud; their clock is simulated.
 */
import { mkdtempSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../src/core/log/log.ts';
import { attachMonitor } from '../../src/observability/monitor/attach.ts';
import { createCounters } from '../../src/observability/monitor/counters.ts';
import { socketName } from '../../src/observability/monitor/folder.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Scenario } from './scenario.ts';

async function run(log: Log): Promise<string[]> {
  const parent = mkdtempSync(join(tmpdir(), 'earshot-monitors-'));
  const clock = createVirtualClock();
  const counters = createCounters();
  counters.note({ type: 'link.changed', up: true } as never);
  const [first, second] = ['first', 'second'].map((name) => {
    let reports = 0;
    const folder = join(parent, name);
    const source = {
      threads: 'two' as const,
      networkLatencyMs: () => 1,
      bytes: () => ({ sent: 0, received: 0 }),
      measure: async () => ({ queues: [] }),
    };
    const detach = attachMonitor({ counters, source, folder, clock, log, report: () => reports++ });
    return { detach, path: join(folder, socketName(process.pid)), reports: () => reports };
  });
  if (!first || !second) return [];
  const goOn = () => clock.run(100);
  const clients: Socket[] = [];

  /** Polls until there are metrics; a monitor that has crashed meanwhile is searched again. */
  async function figuresOf({ path }: { path: string }, what: string): Promise<Socket> {
    let client: Socket | undefined;
    let lines = 0;
    const look = () => {
      const socket = connect(path);
      socket.on('error', () => {});
      socket.on('data', () => lines++);
      socket.on('close', () => {
        if (client === socket) client = undefined;
      });
      clients.push(socket);
      return socket;
    };
    await eventually(
      () => lines > 0 && client !== undefined,
      what,
      async () => {
        client ??= look();
        await goOn();
      },
    );
    return client as unknown as Socket;
  }

  const beside = await figuresOf(second, 'the second monitor is found');
  let isCutOff = false;
  beside.on('close', () => {
    isCutOff = true;
  });
  const client = await figuresOf(first, 'the first monitor is found');
  client.destroy();
  const next = await figuresOf(first, 'the first monitor is found again');
  next.destroy();
  await clock.run(130_000);
  await figuresOf(first, 'the first monitor is found in the end');
  const wrong: string[] = [];
  if (isCutOff) wrong.push('a client of the second monitor was disconnected');
  if (second.reports() !== 2) wrong.push(`the second daemon reported ${second.reports()} times`);
  const before = first.reports();
  await clock.run(70_000);
  if (first.reports() <= before) wrong.push('the first daemon does not report any more');
  for (const each of clients) each.destroy();
  for (const { detach } of [first, second]) detach();
  await clock.run(1_000);
  await removeFolder(parent);
  return wrong;
}

export const monitor: Scenario = {
  name: 'two monitors',
  run,
  subjects: /^(the monitor|the report to the cloud)#1 /,
};
