/**
 * What other programs on the device get of a running daemon: the monitor's socket, and the local API with its commands on events, which also
 * change the daemon's settings.
 */
import { errorFields } from '../../core/errors.ts';
import { apiTokenFile } from '../../core/files/paths.ts';
import type { Log } from '../../core/log/log.ts';
import { prometheusLines } from '../../core/metrics/metric-family.ts';
import { systemClock } from '../../core/time/clock.ts';
import type { Daemon } from '../../device/daemon.ts';
import { type AttachLocalApiOptions, attachLocalApi } from '../../device/local-api/attach.ts';
import type { SayAnnouncement } from '../../device/local-api/commands.ts';
import { createLocalEvents, type LocalEvents } from '../../device/local-api/local-events.ts';
import { attachMonitor } from '../../observability/monitor/attach.ts';
import { createCollector, processUsage } from '../../observability/monitor/collector.ts';
import type { Counters } from '../../observability/monitor/counters.ts';
import { deviceFamilies } from '../../observability/monitor/prometheus.ts';

export interface ProgramsOptions {
  daemon: Daemon;
  counters: Counters;
  /** Not of a command that speaks one turn. */
  hasMonitor: boolean;
  api: Pick<AttachLocalApiOptions, 'socket' | 'tcp' | 'hooks'>;
  say: SayAnnouncement | undefined;
  state: string;
  /** Shows where the local API is. */
  onAddress: (text: string) => void;
  log: Log;
}

export interface Programs {
  note: LocalEvents['note'];
  /** Tells them the settings, where these have changed. */
  update(): void;
  /** Changes a setting, and tells them. Also when it cannot be stored: it applies. @throws what `set` throws */
  change(set: () => void): void;
  detach(): void;
}

export function attachPrograms(options: ProgramsOptions): Programs {
  const { daemon, counters, hasMonitor, api, say, state, onAddress, log } = options;
  const source = daemon.monitored;
  const monitor = { counters, source, report: daemon.reportMetrics, clock: systemClock, log };
  const detachMonitor = hasMonitor ? attachMonitor(monitor) : () => {};
  const forPrometheus = createCollector({ counters, source, usage: processUsage, clock: systemClock });
  const settingsNow = () => ({
    muted: daemon.muted,
    volumePercent: daemon.volumePercent,
    listening: daemon.listenSettings(),
  });
  const events = createLocalEvents(settingsNow(), (error) =>
    log.warn('a client of the local API failed', errorFields(error)),
  );
  const update = () => events.set(settingsNow());

  function change(set: () => void): void {
    try {
      set();
    } finally {
      update();
    }
  }

  let unwatchLevels = () => {};
  const detachApi = attachLocalApi({
    ...api,
    events,
    readMetrics: async () =>
      prometheusLines([...deviceFamilies(await forPrometheus.collect()), counters.readLatencies()]),
    target: {
      ...daemon.talk,
      state: events.state,
      mute: (muted) => change(() => daemon.mute(muted)),
      say,
      listen: (settings) => change(() => daemon.listen(settings)),
      setVolume: (volumePercent) => change(() => daemon.setVolume(volumePercent)),
    },
    onLevelsWanted(wanted) {
      unwatchLevels();
      unwatchLevels = wanted ? daemon.watchLevels(events.levels) : () => {};
    },
    onPort: (port) => onAddress(`local API at http://127.0.0.1:${port}; its token is in ${apiTokenFile(state)}`),
    clock: systemClock,
    log,
  });

  return {
    note: events.note,
    update,
    change,
    detach() {
      detachMonitor();
      detachApi();
    },
  };
}
