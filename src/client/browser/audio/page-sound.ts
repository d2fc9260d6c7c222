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
import type { FromWorklet, ToWorklet } from './messages.ts';
import { MicrophoneChoice } from './microphone-choice.ts';
import type { MicrophoneWishes } from './open-microphone.ts';
import type { AudioDevice, PageAudio, PageAudioOptions } from './page-audio.ts';
import { SoundEngine } from './sound-engine.ts';

const SILENCE_DB = -96;
/** Whether the engine renders, and whether a lost microphone is back. */
const WATCH_INTERVAL_MS = 1_000;
/** Times in a row that the engine has rendered nothing although it is running. */
const FROZEN_LIMIT = 3;

type Options = PageAudioOptions & MicrophoneWishes & { base: string; log: Log };

export class PageSound implements PageAudio {
  readonly #options: Options;
  readonly #events = new AudioEvents();
  readonly #microphone: MicrophoneChoice;
  #engine: SoundEngine | undefined;
  #remote: RemoteActors | undefined;
  #device: Extract<ToWorklet, { kind: 'microphone' }> | undefined;
  #volume = 1;
  #speakerId = '';
  #watch: ReturnType<typeof setInterval> | undefined;
  #isDisturbed = false;
  #isReplacing = false;
  #isClosed = false;
  #renderedSeconds = 0;
  #frozenFor = 0;

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
    if (engine.status === 'fulfilled') sound.#engine = engine.value;
    for (const part of [microphone, engine]) {
      if (part.status === 'fulfilled') continue;
      await sound.close();
      throw part.reason;
    }
    sound.#begin();
    // One that is gone is no reason to be silent.
    if (speakerId) await sound.useSpeaker(speakerId).catch((error) => sound.#warn('the speaker is not there', error));
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
    clearInterval(this.#watch);
    navigator.mediaDevices?.removeEventListener('devicechange', this.#onDevices);
    for (const gesture of GESTURES) removeEventListener(gesture, this.#onGesture);
    this.#microphone.close();
    await this.#engine?.close();
  }

  #startEngine(): Promise<SoundEngine> {
    const { base, framesPerPacket = 1, playback = 'adaptive', echoCancellation } = this.#options;
    return SoundEngine.start({
      script: `${base}worklet.js`,
      settings: async () => ({
        opus: await fetchModule(`${base}opus.wasm`),
        ...{ framesPerPacket, playback, removesEcho: echoCancellation },
      }),
      receive: (message) => this.#receive(message),
      onState: () => this.#onState(),
      onFailure: () => void this.#replaceEngine('it has failed'),
    });
  }

  #begin(): void {
    this.#connectEngine();
    this.#watch = setInterval(() => this.#look(), WATCH_INTERVAL_MS);
    navigator.mediaDevices.addEventListener('devicechange', this.#onDevices);
    for (const gesture of GESTURES) addEventListener(gesture, this.#onGesture);
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

  #onState(): void {
    if (this.#isClosed) return;
    if (this.#engine?.isRunning) this.#recover();
    else this.#disturb('interrupted');
  }

  readonly #onDevices = (): void => {
    this.#events.tell('devices', undefined);
    void this.#findMicrophone();
  };

  /** A browser that has suspended the audio resumes it in a gesture only. */
  readonly #onGesture = (): void => {
    const engine = this.#engine;
    if (!engine || engine.isRunning) return;
    engine.resume().catch((error) => {
      this.#warn('the audio cannot be resumed', error);
      void this.#replaceEngine('it could not be resumed');
    });
  };

  #look(): void {
    const engine = this.#engine;
    if (!engine) return;
    const hasRendered = engine.renderedSeconds !== this.#renderedSeconds;
    this.#renderedSeconds = engine.renderedSeconds;
    this.#frozenFor = engine.isRunning && !hasRendered ? this.#frozenFor + 1 : 0;
    if (this.#frozenFor >= FROZEN_LIMIT) void this.#replaceEngine('it stands still');
    if (this.#isDisturbed) void this.#findMicrophone();
  }

  /** The actors in it count as crashed, and are restarted in the new one. */
  async #replaceEngine(why: string): Promise<void> {
    if (this.#isReplacing || this.#isClosed) return;
    this.#isReplacing = true;
    this.#frozenFor = 0;
    this.#options.log.warn('the audio of the page is started again', { reason: why });
    this.#disturb('interrupted');
    const old = this.#engine;
    try {
      const engine = await this.#startEngine();
      if (this.#isClosed) return await engine.close();
      this.#engine = engine;
      this.#connectEngine();
      await old?.close();
      if (this.#speakerId) await this.useSpeaker(this.#speakerId);
      const error = new EarshotError('actor_crashed', 'The audio of the page has stopped', 'It is started again.');
      this.#remote?.crashAll(error.info);
      this.#onState();
    } catch (error) {
      this.#warn('the audio of the page cannot be started again', error);
    } finally {
      this.#isReplacing = false;
    }
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

/** A suspended context is resumed in one of them. */
const GESTURES = ['pointerdown', 'keydown'] as const;

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
