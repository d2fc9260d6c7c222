/**
 * The commands of `earshot`. Each is a file in src/cli/commands/ and is loaded only when it is called.
 */
import type { DefineCommand } from './terminal/command.ts';

export interface CommandEntry {
  /** One line, for lists of commands. */
  summary: string;
  load: () => Promise<{ default: DefineCommand }>;
  /** It reads all of the other commands: they are loaded with it. */
  readsAll?: boolean;
}

/** By the headings of the help, in its order. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, CommandEntry>>>> = {
  'Run:': {
    start: {
      summary: 'gateway and daemon in one process; records from the sound card or a WAV file',
      load: () => import('./commands/start.ts'),
    },
    run: { summary: 'the daemon only; connects to a gateway', load: () => import('./commands/run.ts') },
    gateway: { summary: 'the gateway only', load: () => import('./commands/gateway.ts') },
  },
  'Devices and operators:': {
    pair: { summary: 'pair devices, list them, revoke their tokens', load: () => import('./commands/pair.ts') },
    settings: { summary: 'show or change the settings of a device', load: () => import('./commands/settings.ts') },
    say: { summary: 'let a device say something', load: () => import('./commands/say.ts') },
    control: {
      summary: 'press or mute a device from afar',
      load: () => import('./commands/control.ts'),
    },
    console: {
      summary: 'sign in at the console: print a link, list and end sessions',
      load: () => import('./commands/console.ts'),
    },
    quota: {
      summary: 'what all devices of a tenant together may use: show or change it',
      load: () => import('./commands/quota.ts'),
    },
    'home-assistant': {
      summary: 'what Home Assistant asks for when a device is added to it: key and ports',
      load: () => import('./commands/home-assistant.ts'),
    },
  },
  'Stored data:': {
    turns: {
      summary: 'list turns, follow them live, play their recordings',
      load: () => import('./commands/turns.ts'),
    },
    memory: {
      summary: 'what the assistant remembers of a device: show, lists, forget',
      load: () => import('./commands/memory.ts'),
    },
    replies: { summary: 'replies that devices play without a connection', load: () => import('./commands/replies.ts') },
    cloud: {
      summary: "the gateway's cloud: status, export and import, a Convex backend on this machine",
      load: () => import('./commands/cloud.ts'),
    },
    'dead-letters': {
      summary: 'records that the cloud rejects: list, retry, delete',
      load: () => import('./commands/dead-letters.ts'),
    },
  },
  'Speech models:': {
    models: {
      summary: 'models for speech on this machine: list, fetch, verify, remove',
      load: () => import('./commands/models.ts'),
    },
    wake: {
      summary: 'wake words: try one with a microphone, train one of your own',
      load: () => import('./commands/wake.ts'),
    },
    eval: {
      summary: 'ask spoken questions, and count what was understood and answered rightly',
      load: () => import('./commands/eval.ts'),
    },
  },
  'Device installation:': {
    setup: {
      summary: 'Wi-Fi, gateway and pairing of a device without a keyboard, by its access point and a page',
      load: () => import('./commands/setup.ts'),
    },
    update: {
      summary: 'update the service of a device, or go back to the version before',
      load: () => import('./commands/update.ts'),
    },
    reset: {
      summary: 'make a device forget its owner, as on its first day',
      load: () => import('./commands/reset.ts'),
    },
  },
  'Diagnostics:': {
    doctor: { summary: 'check this machine and say how to fix problems', load: () => import('./commands/doctor.ts') },
    devices: { summary: 'list the sound devices; test them', load: () => import('./commands/devices.ts') },
    monitor: { summary: 'live metrics of a running daemon', load: () => import('./commands/monitor.ts') },
    latency: {
      summary: 'measure the latency of each stage over many turns',
      load: () => import('./commands/latency.ts'),
    },
    replay: {
      summary: 'show a flight recording in a browser, or check it',
      load: () => import('./commands/replay.ts'),
    },
  },
  'Measurements:': {
    analyze: {
      summary: 'measure a WAV file: level, noise floor, silence, clipping',
      load: () => import('./commands/analyze.ts'),
    },
    opus: {
      summary: 'encode a WAV file as Opus and compare the frame sizes',
      load: () => import('./commands/opus.ts'),
    },
    simulate: {
      summary: 'play speech over a recorded network path, faster than real time',
      load: () => import('./commands/simulate.ts'),
    },
    loss: {
      summary: 'compare silence, concealment and error correction under packet loss',
      load: () => import('./commands/loss.ts'),
    },
    load: {
      summary: 'many devices that speak to a gateway: what it bears, and that nothing is lost',
      load: () => import('./commands/load.ts'),
    },
  },
  'Command line:': {
    config: {
      summary: 'what the configuration file and the environment set, and where',
      load: () => import('./commands/config.ts'),
      readsAll: true,
    },
    completion: {
      summary: 'print the completion of commands and options for bash, zsh or fish',
      load: () => import('./commands/completion.ts'),
      readsAll: true,
    },
  },
};

export const COMMANDS: Readonly<Record<string, CommandEntry>> = Object.assign({}, ...Object.values(GROUPS));

/** The heading under which a command stands in the help. */
export function groupOf(name: string): string | undefined {
  return Object.keys(GROUPS).find((heading) => GROUPS[heading]?.[name] !== undefined);
}

/** Where `help` stands. */
export const OWN_GROUP = 'Command line:';
