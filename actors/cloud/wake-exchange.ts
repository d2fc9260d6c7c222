/**
 * Wake words at other gateways: tells the cloud what a device here heard, if others of its group are elsewhere, and hears of theirs. For groups that have a
 * name; devices without one are a group at each gateway by themselves.
 */
import type { WakeReports } from '../../convex/wake.ts';
import { keepRunning } from '../../src/core/actor/keep-running.ts';
import { errorFields } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { WakeElsewhere, WakeReport } from '../session/wake-words.ts';
import type { Cloud, Unwatch } from './cloud.ts';
import { createCloudClock } from './cloud-clock.ts';

export interface WakeExchange extends WakeElsewhere {
  /** While a device of this group is connected here. */
  join(group: string): Unwatch;
}

export interface WakeExchangeOptions {
  cloud: Promise<Cloud>;
  gatewayId: string;
  clock: Clock;
  log: Log;
}

interface Group {
  members: number;
  /** Devices at other gateways. */
  elsewhere: number;
  /** The last report of each of them that was heard of. */
  seen: Map<string, number>;
  unwatch: Unwatch;
}

export function createWakeExchange({ cloud, gatewayId, clock, log }: WakeExchangeOptions): WakeExchange {
  const groups = new Map<string, Group>();
  const cloudClock = createCloudClock(clock.wallNow);
  let listener: (report: WakeReport) => void = () => undefined;

  function open(name: string): Group {
    const group: Group = { members: 0, elsewhere: 0, seen: new Map(), unwatch: () => undefined };
    const watching = keepRunning('the wake words of a group', { clock, log }, ({ run, guard, onEnd }) => {
      const onReports = guard((reports: WakeReports) => take(name, group, reports));
      run(async () => {
        const ready = await cloud.catch(() => undefined); // logged where the cloud is opened
        if (ready) onEnd(ready.watchWakeWords(name, gatewayId, onReports));
      });
    });
    group.unwatch = watching.stop;
    return group;
  }

  function take(name: string, group: Group, { elsewhere, heard }: WakeReports): void {
    group.elsewhere = elsewhere;
    for (const { device, heard: last } of heard) {
      if (group.seen.get(device) === last.at) continue;
      group.seen.set(device, last.at);
      const { word, levelDb, score } = last;
      const heardAtMs = clock.now() - (clock.wallNow() - cloudClock.fromCloud(last.at));
      listener({ device, group: name, word, levelDb, score, heardAtMs });
    }
  }

  async function send({ device, word, levelDb, score, heardAtMs }: WakeReport): Promise<void> {
    const ready = await cloud;
    // Late it is of no use.
    if (!ready.isConnected) return;
    if (!cloudClock.isKnown) await cloudClock.measure(ready.time);
    const at = cloudClock.toCloud(clock.wallNow() - (clock.now() - heardAtMs));
    await cloudClock.measure(() => ready.reportWakeWord(device, gatewayId, { word, at, levelDb, score }));
  }

  return {
    join(name) {
      const group = groups.get(name) ?? open(name);
      groups.set(name, group);
      group.members += 1;
      return () => {
        group.members -= 1;
        if (group.members > 0) return;
        group.unwatch();
        groups.delete(name);
      };
    },
    isShared: (name) => (groups.get(name)?.elsewhere ?? 0) > 0,
    tell(report) {
      send(report).catch((error: unknown) =>
        log.warn('other gateways do not hear of a wake word', { device: report.device, ...errorFields(error) }),
      );
    },
    onReport(next) {
      listener = next;
    },
  };
}
