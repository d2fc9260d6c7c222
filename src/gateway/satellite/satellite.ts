/**
 * One device of this gateway as Home Assistant sees it: an ESPHome device with a voice assistant and entities (entities.ts). Any number of clients may be connected; the
 * one that has subscribed last gets the speech.
 */

import { errorFields } from '../../core/errors.ts';
import {
  API_VERSION,
  type ApiMessage,
  type Fields,
  MEDIA_COMMANDS,
  SUBSCRIBES_API_AUDIO,
  VOICE_FEATURES,
} from '../../core/esphome/messages.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { KnownFeature } from '../../protocol/features.ts';
import type { ControlAction } from '../../protocol/remote-control.ts';
import type { ApiConnection } from './api-connection.ts';
import {
  BUTTON_KEY,
  listEntities,
  MUTE_KEY,
  type SatelliteState,
  type ShownState,
  SPEAKER_KEY,
  sendStates,
} from './entities.ts';
import type { PipelineRun } from './pipeline-run.ts';
import { PipelineRuns } from './pipeline-runs.ts';
import type { SatelliteIdentity } from './satellite-identity.ts';

export type TimerEvent = Fields<'VoiceAssistantTimerEventResponse'>;

/** An announcement that Home Assistant wants. */
export interface WantedAnnouncement {
  /** Empty: it is only in `sounds`. */
  text: string;
  /** Addresses of WAV files, one after the other. */
  sounds: readonly string[];
  /** The person should answer it. */
  startsConversation: boolean;
}

/** What Home Assistant may do with the device. Each may reject; that is logged. */
export interface SatelliteActions {
  setVolume(volumePercent: number): Promise<void>;
  control(action: ControlAction): Promise<void>;
  /** Resolves with whether it was said to the end. */
  announce(wanted: WantedAnnouncement): Promise<boolean>;
  timer(event: TimerEvent): Promise<void>;
}

export interface SatelliteOptions {
  identity: SatelliteIdentity;
  /** Version of Earshot. */
  version: string;
  /** What the device can do beyond the first version of the protocol. */
  features: readonly string[];
  actions: SatelliteActions;
  clock: Clock;
  log: Log;
}

const VOLUME_STEP_PERCENT = 10;
/** Commands of clients at the same time; an announcement takes as long as it is spoken. */
const MAX_UNDER_WAY = 32;
const { assistant, speaker, apiAudio, timers, announce, startConversation } = VOICE_FEATURES;

export class Satellite {
  readonly #options: SatelliteOptions;
  readonly #clients = new Set<ApiConnection>();
  /** Clients that want to know the states. */
  readonly #watching = new Set<ApiConnection>();
  #subscriber: ApiConnection | undefined;
  readonly #runs: PipelineRuns;
  #shown: ShownState = { state: 'idle', volumePercent: 100, muted: false };
  /** The turn that its state is of. */
  #turnId = '';
  /** Commands of clients that are not done yet. */
  #underWay = 0;

  constructor(options: SatelliteOptions) {
    this.#options = options;
    this.#runs = new PipelineRuns(options.clock);
  }

  /** What the device does in this turn. */
  show(state: SatelliteState, turnId: string): void {
    this.#turnId = turnId;
    this.#show({ state });
  }

  /** The device does nothing any more for this turn; the next one may have begun. */
  showIdle(turnId: string): void {
    if (turnId === this.#turnId) this.#show({ state: 'idle' });
  }

  setVolume(volumePercent: number): void {
    this.#show({ volumePercent });
  }

  setMuted(muted: boolean): void {
    this.#show({ muted });
  }

  /**
   * A run of the pipeline, for a turn that begins. Undefined: nobody has subscribed. The run before is over.
   *
   * @param usesVad Home Assistant should find the end of the speech
   */
  beginRun(conversationId: string | undefined, usesVad: boolean): PipelineRun | undefined {
    return this.#subscriber && this.#runs.begin(this.#subscriber, { conversationId: conversationId ?? '', usesVad });
  }

  /** The answer whose sound was fetched has been played. Home Assistant waits for it. */
  notePlayed(): void {
    this.#subscriber?.send('VoiceAssistantAnnounceFinished', { success: true });
  }

  add(client: ApiConnection): void {
    this.#clients.add(client);
  }

  remove(client: ApiConnection): void {
    this.#clients.delete(client);
    this.#watching.delete(client);
    if (client === this.#subscriber) this.#unsubscribe();
  }

  receive(client: ApiConnection, message: ApiMessage): void {
    switch (message.type) {
      case 'HelloRequest':
        return client.send('HelloResponse', {
          ...API_VERSION,
          serverInfo: this.#software,
          name: this.#options.identity.name,
        });
      case 'AuthenticationRequest':
        return client.send('AuthenticationResponse');
      case 'PingRequest':
        return client.send('PingResponse');
      case 'DisconnectRequest':
        client.send('DisconnectResponse');
        return client.end();
      case 'DeviceInfoRequest':
        return this.#describe(client);
      case 'ListEntitiesRequest':
        return listEntities(client, this.#can);
      case 'SubscribeStatesRequest':
        this.#watching.add(client);
        return sendStates(client, this.#shown, this.#can);
      case 'MediaPlayerCommandRequest':
        return this.#onMediaCommand(message);
      case 'SwitchCommandRequest':
        return message.key === MUTE_KEY ? this.#mute(message.state) : undefined;
      case 'ButtonCommandRequest':
        return message.key === BUTTON_KEY ? this.#control('press') : undefined;
      case 'SubscribeVoiceAssistantRequest':
        return this.#onSubscribe(client, message);
      case 'VoiceAssistantResponse':
        return this.#runOf(client)?.onResponse(message.error);
      case 'VoiceAssistantEventResponse':
        return this.#runOf(client)?.onEvent(message.eventType, message.data);
      case 'VoiceAssistantAudio':
        return this.#runOf(client)?.onAudio(message.data, message.end);
      case 'VoiceAssistantTimerEventResponse':
        return this.#do('a timer of Home Assistant', () => this.#options.actions.timer(message));
      case 'VoiceAssistantAnnounceRequest':
        return this.#announce(client, {
          text: message.text,
          sounds: [message.preannounceMediaId, message.mediaId].filter((url) => url !== ''),
          startsConversation: message.startConversation,
        });
      // The device listens for its wake word itself, and does not tell the gateway which it is (docs/wake-word.md).
      case 'VoiceAssistantConfigurationRequest':
        return client.send('VoiceAssistantConfigurationResponse', { maxActiveWakeWords: 0 });
    }
  }

  close(): void {
    for (const client of this.#clients) {
      client.send('DisconnectRequest');
      client.end();
    }
  }

  #describe(client: ApiConnection): void {
    const { identity, version } = this.#options;
    client.send('DeviceInfoResponse', {
      ...{ name: identity.name, friendlyName: identity.device.slice(0, 120), macAddress: identity.macAddress },
      ...{ manufacturer: 'Earshot', model: 'Voice satellite', esphomeVersion: this.#software },
      ...{ projectName: 'Earshot.Voice satellite', projectVersion: version },
      voiceAssistantFeatureFlags: assistant | speaker | apiAudio | timers | announce | startConversation,
    });
  }

  get #software(): string {
    return `Earshot ${this.#options.version}`;
  }

  #onSubscribe(client: ApiConnection, { subscribe, flags }: Fields<'SubscribeVoiceAssistantRequest'>): void {
    if (!subscribe) {
      if (client === this.#subscriber) this.#unsubscribe();
      return;
    }
    if ((flags & SUBSCRIBES_API_AUDIO) === 0) {
      const hint = 'Update Home Assistant: it must take speech by the API (2024.4 or later), not by UDP.';
      return this.#options.log.warn('a client of the satellite cannot take speech', { client: client.address, hint });
    }
    if (client !== this.#subscriber) this.#unsubscribe();
    this.#subscriber = client;
    this.#options.log.info('Home Assistant takes the speech of a device', { device: this.#options.identity.device });
  }

  #unsubscribe(): void {
    this.#subscriber = undefined;
    this.#runs.disconnect();
  }

  /** The run that messages of this client are about. */
  #runOf(client: ApiConnection): PipelineRun | undefined {
    return client === this.#subscriber ? this.#runs.current : undefined;
  }

  #onMediaCommand({
    key,
    hasVolume,
    volume,
    hasCommand,
    command,
    hasMediaUrl,
    mediaUrl,
  }: Fields<'MediaPlayerCommandRequest'>): void {
    if (key !== SPEAKER_KEY) return;
    if (hasVolume && volume >= 0 && volume <= 1) this.#changeVolume(Math.round(volume * 100));
    if (hasCommand && command === MEDIA_COMMANDS.volumeUp)
      this.#changeVolume(this.#shown.volumePercent + VOLUME_STEP_PERCENT);
    if (hasCommand && command === MEDIA_COMMANDS.volumeDown)
      this.#changeVolume(this.#shown.volumePercent - VOLUME_STEP_PERCENT);
    if (hasMediaUrl)
      this.#do(
        'a sound of Home Assistant',
        async () =>
          void (await this.#options.actions.announce({ text: '', sounds: [mediaUrl], startsConversation: false })),
      );
  }

  #changeVolume(wanted: number): void {
    const volumePercent = Math.max(0, Math.min(100, wanted));
    this.#do('the volume that Home Assistant wants', async () => {
      await this.#options.actions.setVolume(volumePercent);
      this.setVolume(volumePercent);
    });
  }

  #mute(wanted: boolean): void {
    this.#do('the mute that Home Assistant wants', async () => {
      try {
        await this.#options.actions.control(wanted ? 'mute' : 'unmute');
      } catch (error) {
        // The switch is as it was.
        this.#sendStates();
        throw error;
      }
    });
  }

  #control(action: ControlAction): void {
    this.#do('a press of Home Assistant', () => this.#options.actions.control(action));
  }

  #announce(client: ApiConnection, wanted: WantedAnnouncement): void {
    this.#do('an announcement of Home Assistant', async () => {
      let success = false;
      try {
        success = await this.#options.actions.announce(wanted);
      } finally {
        client.send('VoiceAssistantAnnounceFinished', { success });
      }
    });
  }

  /** Does what a client wants; a failure is logged, the connection goes on. */
  #do(what: string, work: () => Promise<void>): void {
    const { log, identity } = this.#options;
    const { device } = identity;
    if (this.#underWay >= MAX_UNDER_WAY)
      return log.warn('a wish of Home Assistant is ignored: too much is under way', { service: what, device });
    this.#underWay += 1;
    work()
      .catch((error: unknown) =>
        log.warn('a wish of Home Assistant failed', { service: what, device, ...errorFields(error) }),
      )
      .finally(() => {
        this.#underWay -= 1;
      });
  }

  readonly #can = (feature: KnownFeature): boolean => this.#options.features.includes(feature);

  #show(change: Partial<ShownState>): void {
    const before = this.#shown;
    this.#shown = { ...before, ...change };
    const { state, volumePercent, muted } = this.#shown;
    if (state !== before.state || volumePercent !== before.volumePercent || muted !== before.muted) this.#sendStates();
  }

  #sendStates(): void {
    for (const client of this.#watching) sendStates(client, this.#shown, this.#can);
  }
}
