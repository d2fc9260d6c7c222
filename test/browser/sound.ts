/**
 * Sound for browser tests: a private PulseAudio whose microphone hears what a test says, and whose speaker can be recorded. Both are
 * recorded by one clock, so the time between a sound and its answer can be measured.
 *
 *     say() → sink `mouth` ─ left ─┐                    ┌─ left ─ source `microphone` → browser
 *                                  ├ null sink, stereo ─┤
 *     browser → sink `speaker` ─ right ─┘               └─ both → record()
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { startPulseAudio } from '../sound/pulseaudio.ts';
import { exitOf, inTime, once } from '../support/in-time.ts';

/** Of the cards and of the server, as on most computers: nothing is resampled between browser and card. */
const CARD_HZ = 48_000;
const CHANNELS = 2;
/** What PulseAudio gathers before it gives a recording: less is more precise and costs more. */
const RECORDING_LATENCY_MS = 10;
const BYTES_PER_MS = SAMPLES_PER_MS * CHANNELS * 2;

const MODULES = [
  `module-null-sink sink_name=room rate=${CARD_HZ} channels=2 channel_map=front-left,front-right`,
  'module-remap-sink sink_name=mouth master=room channels=1 channel_map=mono master_channel_map=front-left remix=no',
  'module-remap-sink sink_name=speaker master=room channels=1 channel_map=mono master_channel_map=front-right remix=no',
  'module-remap-source source_name=microphone master=room.monitor channels=1 channel_map=mono master_channel_map=front-left remix=no',
];

export interface RoomRecording {
  sampleRateHz: number;
  /** When the first sample was heard, in ms since 1970: by the piece of the recording that came fastest. */
  startedAtMs: number;
  /** What was said into the microphone, and what the browser played. */
  mouth: Int16Array;
  speaker: Int16Array;
}

export interface BrowserSound {
  /** For the browser's process: `withBrowser(work, { env })`. */
  env: NodeJS.ProcessEnv;
  /** Says samples of 16 kHz into the microphone. Resolves when they were said. */
  say(samples: Int16Array): Promise<void>;
  /** Resolves when it records; the function that it gives ends the recording. */
  record(): Promise<() => Promise<RoomRecording>>;
  /** Removes the microphone, as if it was unplugged, or connects it again. */
  connectMicrophone(isConnected: boolean): Promise<void>;
  /** Connects another speaker, which has this name; the function that it gives removes it. */
  connectSpeaker(name: string): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

/** Undefined when this machine has no PulseAudio. */
export async function startBrowserSound(): Promise<BrowserSound | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-browser-sound-'));
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_RUNTIME_DIR: join(folder, 'run'),
    PULSE_SERVER: `unix:${join(folder, 'run', 'pulse', 'native')}`,
    PULSE_CONFIG: join(folder, 'daemon.conf'),
  };
  writeFileSync(join(folder, 'daemon.conf'), `default-sample-rate = ${CARD_HZ}\n`);
  const commands = [
    ...MODULES.map((module) => `load-module ${module}`),
    'set-default-sink speaker',
    'set-default-source microphone',
  ];
  const server = await startPulseAudio(folder, env, commands);
  if (!server) {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
  const pulse = (command: string, args: readonly string[]) => spawn(command, args, { env });

  return {
    env,
    async say(samples) {
      const args = [
        '--playback',
        '--device=mouth',
        '--format=s16le',
        `--rate=${SAMPLE_RATE_HZ}`,
        '--channels=1',
        '--raw',
      ];
      const player = pulse('pacat', [...args, `--latency-msec=${RECORDING_LATENCY_MS}`]);
      player.stdin?.end(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
      await success(player, 'pacat');
    },
    async record() {
      const format = ['--format=s16le', `--rate=${SAMPLE_RATE_HZ}`, `--channels=${CHANNELS}`, '--raw'];
      const recorder = pulse('parec', ['--device=room.monitor', ...format, `--latency-msec=${RECORDING_LATENCY_MS}`]);
      const chunks: Buffer[] = [];
      let bytes = 0;
      let startedAtMs = Number.POSITIVE_INFINITY;
      const started = new Promise<void>((resolve, reject) => {
        recorder.once('error', reject);
        recorder.stdout?.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          startedAtMs = Math.min(startedAtMs, Date.now() - bytes / BYTES_PER_MS);
          resolve();
        });
      });
      await inTime(started, 'the first recorded sound');
      return async () => {
        recorder.kill();
        await once(recorder, 'close');
        return { ...recordingOf(Buffer.concat(chunks)), startedAtMs };
      };
    },
    async connectMicrophone(isConnected) {
      const [, , , microphone = ''] = MODULES;
      const [name = '', ...args] = microphone.split(' ');
      const command = isConnected ? ['load-module', name, ...args] : ['unload-module', name];
      await success(pulse('pactl', command), 'pactl');
      if (isConnected) await success(pulse('pactl', ['set-default-source', 'microphone']), 'pactl');
    },
    async connectSpeaker(name) {
      const args = ['module-null-sink', `sink_name=${name}`, `sink_properties=device.description=${name}`];
      const loading = pulse('pactl', ['load-module', ...args]);
      let number = '';
      loading.stdout?.on('data', (chunk) => {
        number += chunk;
      });
      await success(loading, 'pactl');
      return () => success(pulse('pactl', ['unload-module', number.trim()]), 'pactl');
    },
    async stop() {
      server.kill('SIGKILL');
      await exitOf(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function success(child: ChildProcess, name: string): Promise<void> {
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

function recordingOf(bytes: Buffer): Omit<RoomRecording, 'startedAtMs'> {
  const frames = Math.floor(bytes.length / (CHANNELS * 2));
  const [mouth, speaker] = [new Int16Array(frames), new Int16Array(frames)];
  for (let i = 0; i < frames; i++) {
    mouth[i] = bytes.readInt16LE(i * 4);
    speaker[i] = bytes.readInt16LE(i * 4 + 2);
  }
  return { sampleRateHz: SAMPLE_RATE_HZ, mouth, speaker };
}
