/**
 * A page that hears itself: what the encoder sends is played as the reply of the same turn. For tests of a page's audio alone, without a
 * gateway and without the machines of a conversation.
 */
import { createActor, setup } from 'xstate';
import { openPageAudio, type PageAudio, type PageAudioOptions } from '../../../src/client/browser/audio/open-audio.ts';

interface Told {
  type: string;
}

export interface AudioPage {
  open(options: Omit<PageAudioOptions, 'base'>): Promise<void>;
  readonly audio: PageAudio | undefined;
  /** What the actors have told, and the events of the audio, in order. */
  readonly told: Told[];
  readonly frames: number;
  send(actor: 'capture' | 'encoder' | 'listener' | 'player', event: { type: string; [field: string]: unknown }): void;
  close(): Promise<void>;
}

declare global {
  interface Window {
    earshot: AudioPage;
  }
}

const told: Told[] = [];
let audio: PageAudio | undefined;
let frames = 0;
let send: AudioPage['send'] = () => {};

window.earshot = {
  get audio() {
    return audio;
  },
  get frames() {
    return frames;
  },
  told,
  async open(options) {
    const opened = await openPageAudio({ ...options, base: new URL('.', location.href).href });
    audio = opened;
    for (const name of ['lost', 'interrupted', 'resumed', 'devices'] as const) {
      opened.on(name, () => told.push({ type: `audio.${name}` }));
    }
    send = startActors(opened);
  },
  send: (actor, event) => send(actor, event),
  async close() {
    await audio?.close();
    audio = undefined;
  },
};

function startActors(opened: PageAudio): AudioPage['send'] {
  const { capture, encoder, listener, player, downlink } = opened.actors((packet) => {
    frames += packet.frames;
    downlink({ turn: packet.turn, bytes: packet.bytes, arrivedAtMs: performance.now() });
  });
  const machine = setup({ actors: { capture, encoder, listener, player } }).createMachine({
    invoke: (['capture', 'encoder', 'listener', 'player'] as const).map((name) => ({ id: name, src: name })),
    on: { '*': { actions: ({ event }) => void told.push(event as Told) } },
  });
  const parent = createActor(machine).start();
  return (name, event) => parent.getSnapshot().children[name]?.send(event as never);
}
