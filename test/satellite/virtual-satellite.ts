/**
 * A device and a satellite in virtual time. The test plays Home Assistant, as a client whose messages need no socket.
 */
import type { Pcm } from '../../actors/assistant/parts/synthesizer.ts';
import type { UtteranceDecoders } from '../../actors/assistant/recognition/utterance-decoder.ts';
import {
  type ApiMessage,
  type Fields,
  type MessageName,
  PIPELINE_EVENTS,
  type PipelineEventName,
} from '../../src/core/esphome/messages.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { ApiConnection } from '../../src/gateway/satellite/api-connection.ts';
import { createSatelliteResponder } from '../../src/gateway/satellite/responder.ts';
import { Satellite, type SatelliteActions, type WantedAnnouncement } from '../../src/gateway/satellite/satellite.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { scriptedParts } from '../assistant/answer/scripted-parts.ts';
import { arrivals, connect, type End, utterancePackets } from '../protocol/virtual-gateway.ts';
import { hello, turnStart } from '../support/client.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';

export interface Sent {
  name: MessageName;
  fields: Record<string, unknown>;
}

/** Home Assistant's end of a connection. */
export interface VirtualClient extends ApiConnection {
  sent: Sent[];
  named(name: MessageName): Record<string, unknown>[];
  say<Name extends MessageName>(name: Name, fields?: Partial<Fields<Name>>): void;
  event(name: PipelineEventName, data?: Record<string, string>): void;
  leave(): void;
}

export interface VirtualSatellite {
  clock: VirtualClock;
  device: End;
  satellite: Satellite;
  client: VirtualClient;
  another(): VirtualClient;
  /** The turn begins; its utterance of four frames arrives unless `isHeld`. */
  speak(turn: number, options?: { isHeld?: boolean; fields?: object }): Promise<void>;
  release(turn: number): Promise<void>;
  /** Lets time pass. The device sends its pings. */
  wait(ms: number): Promise<void>;
  /** Everything up to the audio of the answer. */
  answer(text?: string): void;
  texts(type: string): unknown[];
  replyFrames(): number;
}

const PING_MS = 5_000;

/** A device decodes nothing: each frame is 20 ms of silence. */
const decoders: UtteranceDecoders = {
  begin({ signal, onResult }) {
    return {
      push(frames) {
        if (!signal.aborted) onResult(new Int16Array(320 * frames.length));
      },
      async finish() {
        signal.throwIfAborted();
      },
    };
  },
  async prepare() {},
  queue: () => ({ name: 'none', depth: 0, limit: 1, sent: 0, dropped: 0 }),
  async close() {},
};

export function virtualSatellite(
  options: {
    actions?: Partial<SatelliteActions>;
    sounds?: (url: string, signal: AbortSignal) => AsyncIterable<Pcm>;
    wanted?: WantedAnnouncement;
    /** Of the device, for Home Assistant. */
    features?: readonly string[];
    isSubscribed?: boolean;
  } = {},
): VirtualSatellite {
  const clock = createVirtualClock();
  const { voice } = scriptedParts({ clock: () => clock, texts: [] });
  const satellite = new Satellite({
    identity: { device: 'kitchen', name: 'earshot-kitchen-1a2b3c', macAddress: '02:00:00:1A:2B:3C' },
    version: '0.0.0',
    features: options.features ?? [],
    actions: {
      async control() {},
      async setVolume() {},
      announce: async () => true,
      async timer() {},
      ...options.actions,
    },
    ...{ clock, log: silentLog },
  });
  const responder = createSatelliteResponder({
    satelliteOf: (device) => (device === 'kitchen' ? satellite : undefined),
    announcementOf: () => options.wanted,
    sounds: { fetch: options.sounds ?? (() => nothing()), close() {} },
    ...{ voice, decoders },
  });
  let sessionsMade = 0;
  const sessions = createSessions({
    ...{ responder, recorder: { has: () => false, async record() {} }, clock, log: silentLog },
    newId: () => `session ${++sessionsMade}`,
  });
  const device = connect(sessions, clock);
  device.say(hello('kitchen', { features: ['say', 'reminders', 'listen'] }));

  function another(): VirtualClient {
    const sent: Sent[] = [];
    const client: VirtualClient = {
      address: '127.0.0.1',
      sent,
      send: (name, fields = {}) => void sent.push({ name, fields }),
      end() {},
      named: (name) => sent.filter((each) => each.name === name).map(({ fields }) => fields),
      say: (name, fields = {}) =>
        satellite.receive(client, { ...DEFAULTS[name], type: name, ...fields } as unknown as ApiMessage),
      event: (name, data = {}) =>
        client.say('VoiceAssistantEventResponse', {
          eventType: PIPELINE_EVENTS[name],
          data: Object.entries(data).map(([key, value]) => ({ name: key, value })),
        }),
      leave: () => satellite.remove(client),
    };
    satellite.add(client);
    return client;
  }
  const client = another();
  if (options.isSubscribed !== false) client.say('SubscribeVoiceAssistantRequest', { subscribe: true, flags: 1 });

  return {
    ...{ clock, device, satellite, client, another },
    async speak(turn, { isHeld = false, fields = {} } = {}) {
      device.say(turnStart(turn, fields));
      const packets = utterancePackets(turn, 2);
      device.say(...(isHeld ? packets.slice(0, 1) : packets));
      await clock.run(50);
    },
    async release(turn) {
      device.say(...utterancePackets(turn, 2).slice(1));
      await clock.run(50);
    },
    async wait(ms) {
      for (let left = ms; left > 0; left -= PING_MS) {
        device.say({ type: 'ping', t0: 0 });
        await clock.run(Math.min(left, PING_MS));
      }
    },
    answer(text = 'The light is on.') {
      client.event('runStart');
      client.event('sttEnd', { text: 'turn on the light' });
      client.event('intentEnd', { conversation_id: 'one', continue_conversation: '0' });
      client.event('ttsStart', { text });
    },
    texts: (type) => arrivals(device, type).map(({ message }) => message.text ?? message.transcript),
    replyFrames: () =>
      device.arrived
        .filter(({ message }) => message.bytes)
        .reduce((sum, { message }) => sum + Number(message.bytes?.[12]), 0),
  };
}

async function* nothing(): AsyncGenerator<Pcm> {}

/** What a decoder gives for fields that were not sent. */
const DEFAULTS: Partial<Record<MessageName, object>> = {
  VoiceAssistantResponse: { port: 0, error: false },
  VoiceAssistantAudio: { data: new Uint8Array(0), end: false },
  MediaPlayerCommandRequest: { key: 1, hasCommand: false, hasVolume: false, hasMediaUrl: false },
  VoiceAssistantAnnounceRequest: { mediaId: '', text: '', preannounceMediaId: '', startConversation: false },
};
