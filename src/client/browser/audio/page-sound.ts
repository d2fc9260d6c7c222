/** A page's audio: puts together the engine, the microphone and the actors in the worklet, and follows what the browser does to them. */
import type { AudioLevels } from '../../../core/actor/audio-metrics.ts';
import type { UplinkPacket } from '../../../core/actor/data-plane.ts';
import { EarshotError, errorFields, errorInfo } from '../../../core/errors.ts';
import type { Log, LogMessage } from '../../../core/log/log.ts';
import type { ActorMessage, ActorReport } from '../../../device/audio/audio-thread.ts';
import { createRemoteActors, type RemoteActors } from '../../../device/audio/remote-actors.ts';
import { newTurnId } from '../../../device/audio/turn-id.ts';
import type { AudioActors } from '../../../device/device.ts';
import { AudioEvents } from './audio-events.ts';
import { fetchModule } from './fetch-module.ts';
import { LastingEngine } from './lasting-engine.ts';
import type { FromWorklet, ToWorklet } from './messages.ts';
import { MicrophoneChoice } from './microphone-choice.ts';
import type { MicrophoneWishes } from './open-microphone.ts';
import type { AudioDevice, PageAudio, PageAudioOptions } from './page-audio.ts';
import type { SoundEngine } from './sound-engine.ts';

const SILENCE_DB = -96;
/** Whether a lost microphone is back. */
const SEARCH_INTERVAL_MS = 1_000;

type Options = PageAudioOptions & MicrophoneWishes & { base: string; log: Log };

export class PageSound implements PageAudio {
  readonly #options: Options;
  readonly #events = new AudioEvents();
  readonly #microphone: MicrophoneChoice;
  #lasting: LastingEngine | undefined;
  #remote: RemoteActors | undefined;
  #device: Extract<ToWorklet, { kind: 'microphone' }> | undefined;
  #volume = 1;
  #speakerId = '';
  #search: ReturnType<typeof setInterval> | undefined;
  #isDisturbed = false;
  #isClosed = false;

  private constructor(options: Options) {
    this.#options = options;
    this.#microphone = new MicrophoneChoice({
      wishes: options,
      onOpened: (stream, device) => this.#connect(stream, device),
      onLost: () => this.#onMicrophoneLost(),
      onSilenced: (isSilenced) => (isSilenced ? this.#disturb('interrupted') : this.#recover()),
    });
  }

  /** @throws EarshotError (by rejection) as `openPageAudio` */
  static async open(options: Options): Promise<PageSound> {
    const sound = new PageSound(options);
    const { microphoneId, speakerId } = options;
    const wanted = microphoneId ? { id: microphoneId, isRequired: false } : undefined;
    const [engine, microphone] = await Promise.allSettled([sound.#startEngine(), sound.#microphone.open(wanted)]);
    if (engine.status === 'fulfilled') sound.#lasting = engine.value;
    for (const part of [microphone, engine]) {
      if (part.status === 'fulfilled') continue;
      await sound.close();
      throw part.reason;
    }
    sound.#begin();
    if (speakerId) await sound.#useSpeakerIfThere(speakerId);
    return sound;
  }

  actors(encoded: (packet: UplinkPacket) => void): AudioActors {
    const remote = createRemoteActors({
      onStart() {},
      tell: (message, transfer) => this.#tellActor(message, transfer),
      uplink: encoded,
      log: this.#options.log,
    });
    this.#remote = remote;
    return {
      listener: remote.actor('listener'),
      capture: remote.actor('capture'),
      encoder: remote.actor('encoder'),
      player: remote.actor('player'),
      downlink: remote.downlink,
      onReceiverReport: remote.onReceiverReport,
    };
  }

  on: PageAudio['on'] = (name, listener) => this.#events.on(name, listener);

  microphones(): Promise<AudioDevice[]> {
    return listDevices('audioinput');
  }

  async speakers(): Promise<AudioDevice[]> {
    return this.#engine?.canChooseSpeaker ? await listDevices('audiooutput') : [];
  }

  async useMicrophone(id: string): Promise<void> {
    await this.#microphone.open({ id, isRequired: true });
    this.#recover();
  }

  async useSpeaker(id: string): Promise<void> {
    try {
      await this.#engine?.useSpeaker(id);
      this.#speakerId = id;
    } catch (cause) {
      throw new EarshotError('device_not_found', 'The speaker is not there', 'Choose another one.', { cause });
    }
  }

  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#engine?.tell({ kind: 'configure', sound: { volumePercent: this.#volume * 100 } });
  }

  isAudible(): boolean {
    return this.#engine?.isRunning ?? false;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#search);
    navigator.mediaDevices?.removeEventListener('devicechange', this.#onDevices);
    this.#microphone.close();
    await this.#lasting?.close();
  }

  get #engine(): SoundEngine | undefined {
    return this.#lasting?.current;
  }

  #startEngine(): Promise<LastingEngine> {
    const { base, framesPerPacket = 1, playback = 'adaptive', echoCancellation, log } = this.#options;
    return LastingEngine.start({
      script: `${base}worklet.js`,
      settings: async () => ({
        opus: await fetchModule(`${base}opus.wasm`),
        ...{ framesPerPacket, playback, removesEcho: echoCancellation },
      }),
      receive: (message) => this.#receive(message),
      onState: (isRunning) => (isRunning ? this.#recover() : this.#disturb('interrupted')),
      onReplaced: () => this.#onReplaced(),
      log,
    });
  }

  #begin(): void {
    this.#connectEngine();
    this.#search = setInterval(() => this.#isDisturbed && void this.#findMicrophone(), SEARCH_INTERVAL_MS);
    navigator.mediaDevices.addEventListener('devicechange', this.#onDevices);
  }

  /** Tells a new engine what the one before knew. */
  #connectEngine(): void {
    this.setVolume(this.#volume);
    const { stream } = this.#microphone;
    if (stream) this.#engine?.connect(stream);
    if (this.#device) this.#engine?.tell(this.#device);
  }

  #connect(stream: MediaStream, { label, latencyMs }: { label: string; latencyMs: number }): void {
    this.#device = { kind: 'microphone', device: label, latencyMs };
    this.#engine?.connect(stream);
    this.#engine?.tell(this.#device);
  }

  #tellActor(message: ActorMessage, transfer?: ArrayBuffer[]): void {
    // As late as possible: a browser knows the latency only when it plays.
    if (message.kind === 'command' && message.event.type === 'player.open') {
      this.#engine?.tell({ kind: 'output-latency', ms: this.#engine.outputLatencyMs });
    }
    this.#engine?.tell(message, transfer);
  }

  #receive(message: FromWorklet): void {
    if (message.levels) this.#events.tell('level', levelOf(message.levels));
    switch (message.kind) {
      case 'levels':
        return;
      case 'voice-detector-needed':
        return void this.#sendVoiceDetector();
      default:
        return this.#remote?.receive(withId(message));
    }
  }

  async #sendVoiceDetector(): Promise<void> {
    const module = await fetchModule(`${this.#options.base}voice.wasm`).catch((error) => {
      this.#warn('the voice detector cannot be loaded', error);
      return undefined;
    });
    this.#engine?.tell({ kind: 'voice-detector', module }, module ? [module] : []);
  }

  #onMicrophoneLost(): void {
    this.#device = undefined;
    this.#engine?.disconnect();
    const { info } = new EarshotError(
      'device_lost',
      'The microphone is gone',
      'Connect it again, or choose another one.',
    );
    this.#engine?.tell({ kind: 'microphone-lost', error: info });
    this.#disturb('lost');
    void this.#findMicrophone();
  }

  async #findMicrophone(): Promise<void> {
    await this.#microphone.find();
    if (this.#isClosed) return this.#microphone.close();
    this.#recover();
  }

  readonly #onDevices = (): void => {
    this.#events.tell('devices', undefined);
    void this.#findMicrophone();
  };

  /** The actors in the engine before count as crashed, and are started again in the new one. */
  async #onReplaced(): Promise<void> {
    this.#connectEngine();
    if (this.#speakerId) await this.#useSpeakerIfThere(this.#speakerId);
    const error = new EarshotError('actor_crashed', 'The audio of the page has stopped', 'It is started again.');
    this.#remote?.crashAll(error.info);
  }

  /** One that is gone is no reason to be silent. */
  async #useSpeakerIfThere(id: string): Promise<void> {
    await this.useSpeaker(id).catch((error) => this.#warn('the speaker is not there', error));
  }

  #disturb(event: 'lost' | 'interrupted'): void {
    this.#isDisturbed = true;
    this.#events.tell(event, undefined);
  }

  #recover(): void {
    if (!this.#isDisturbed || !this.#engine?.isRunning || !this.#microphone.stream) return;
    this.#isDisturbed = false;
    this.#events.tell('resumed', undefined);
  }

  #warn(message: LogMessage<'warn'>, error: unknown): void {
    this.#options.log.warn(message, errorFields(error));
  }
}

function levelOf({ microphone, speaker }: AudioLevels) {
  return { microphoneDb: microphone?.rmsDb ?? SILENCE_DB, speakerDb: speaker?.rmsDb ?? SILENCE_DB };
}

/** A turn that begins with speech gets its id here: a worklet has no random numbers for it. */
function withId(report: ActorReport): ActorReport {
  if (report.kind !== 'edge' || !('id' in report.event) || !('startedAtMs' in report.event)) return report;
  return { ...report, event: { ...report.event, id: newTurnId(Number(report.event.startedAtMs)) } as { type: string } };
}

async function listDevices(kind: MediaDeviceKind): Promise<AudioDevice[]> {
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((each) => each.kind === kind).map(({ deviceId: id, label }) => ({ id, label }));
  } catch (error) {
    throw new EarshotError('device_not_found', 'The browser does not list its devices', errorInfo(error).message);
  }
}
