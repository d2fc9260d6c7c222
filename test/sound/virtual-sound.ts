/**
 * Virtual sound cards: a private PulseAudio with two null sinks, `spk` and `mic`, and their monitors, `spkmon` and
 * `micmon`, which ALSA and so PortAudio list as cards. What is played into a sink can be recorded from its monitor.
 *
 * ALSA reads its configuration from the environment when it is loaded, so sound runs in a child process with `env`.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitOf } from '../support/in-time.ts';
import { raisePriority } from './priority.ts';
import { startPulseAudio } from './pulseaudio.ts';

const ALSA_CONFIG = '/usr/share/alsa/alsa.conf';
const RESPEAKER = 'seeed-2mic-voicecard';
const CARDS = { spk: 'spk', spkmon: 'spk.monitor', mic: 'mic', micmon: 'mic.monitor' };

export interface VirtualSound {
  /** The environment of a process that sees only these cards. */
  env: NodeJS.ProcessEnv;
  /** Simulates the removal of all cards. Resolves when they are gone. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  /** Simulates a sound server that hangs: no call fails, and none returns. `unplug` and `stop` still end it. */
  freeze(): void;
  /** Adds or removes a card that is named like a ReSpeaker; it records what it plays. */
  withRespeaker(present: boolean): void;
  stop(): Promise<void>;
}

/**
 * Undefined when this machine has no PulseAudio.
 *
 * @param isHeard whether a test compares what is played: then this process and its children run before others, so that no sample is lost
 */
export async function startVirtualSound({ isHeard = true } = {}): Promise<VirtualSound | undefined> {
  if (isHeard) raisePriority();
  const folder = mkdtempSync(join(tmpdir(), 'earshot-sound-'));
  const env = environment(folder);
  let server = await startServer(folder, env);
  if (!server) {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  const unplug = async (): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await exitOf(server);
    rmSync(join(folder, 'run', 'pulse'), { recursive: true, force: true });
  };
  return {
    env,
    unplug,
    async plugIn() {
      server = await startServer(folder, env);
    },
    freeze: () => void server?.kill('SIGSTOP'),
    withRespeaker: (present) => writeCards(folder, present),
    async stop() {
      await unplug();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An ALSA configuration without any card, for children that must see none. */
export function withoutCards(): { env: NodeJS.ProcessEnv; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-sound-'));
  const env = environment(folder);
  rmSync(join(folder, '.asoundrc'));
  return { env, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function environment(folder: string): NodeJS.ProcessEnv {
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  // Without the plug-ins in conf.d: PortAudio would try each of them; they print messages and use memory.
  const configuration = readFileSync(ALSA_CONFIG, 'utf8').replace(/^.*\/conf\.d".*$/gm, '');
  writeFileSync(join(folder, 'alsa.conf'), configuration);
  writeCards(folder);
  return {
    ...process.env,
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, 'run'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    ALSA_CONFIG_PATH: join(folder, 'alsa.conf'),
    PULSE_SERVER: `unix:${join(folder, 'run', 'pulse', 'native')}`,
  };
}

function writeCards(folder: string, respeaker = false): void {
  const hint = (name: string): string => `hint { show on description "${name}" }`;
  const lines = Object.entries({ '!default': 'spk', ...CARDS }).map(
    ([name, source]) => `pcm.${name} { type pulse device ${source} ${hint(name)} }`,
  );
  // Cards that record and play, like most. What is played into `mic` is what both record.
  const both = (name: string, speaker: string): string =>
    `pcm.${name} { type asym playback.pcm ${speaker} capture.pcm micmon ${hint(name)} }`;
  lines.push(both('line', 'spk'), ...(respeaker ? [both(RESPEAKER, 'mic')] : []));
  writeFileSync(join(folder, '.asoundrc'), `${lines.join('\n')}\n`);
}

function startServer(folder: string, env: NodeJS.ProcessEnv): Promise<ChildProcess | undefined> {
  const sink = (name: string): string => `module-null-sink sink_name=${name} rate=16000 channels=1 format=s16le`;
  return startPulseAudio(
    folder,
    env,
    [sink('spk'), sink('mic')].map((module) => `load-module ${module}`),
  );
}
