/**
 * `home-assistant`, a responder: Home Assistant's voice pipeline answers the devices of this gateway. A device that no Home Assistant has added says so.
 */
import { announce } from '../../../actors/assistant/announcer.ts';
import type { UtteranceDecoders } from '../../../actors/assistant/recognition/utterance-decoder.ts';
import type { ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import { createGapMeter } from '../../../actors/responder/gap-meter.ts';
import type { Answer, Listener, Responder, ResponderTurn } from '../../../actors/responder/responder.ts';
import { EarshotError, errorInfo, infoFields } from '../../core/errors.ts';
import type { PlaybackReport } from '../../protocol/control.ts';
import { announceSounds } from './announced-sounds.ts';
import { createConversations } from './conversations.ts';
import type { SoundFetch } from './fetched-sound.ts';
import { PipelineAnswer } from './pipeline-answer.ts';
import type { PipelineRun } from './pipeline-run.ts';
import type { Satellite, WantedAnnouncement } from './satellite.ts';
import { SpokenSound } from './spoken-sound.ts';

export interface SatelliteResponderOptions {
  satelliteOf: (device: string) => Satellite | undefined;
  /** What Home Assistant wants to be announced, by the id of the announcement. */
  announcementOf: (id: string) => WantedAnnouncement | undefined;
  voice: Pick<ReplyVoice, 'audio' | 'reply' | 'apology'>;
  decoders: UtteranceDecoders;
  sounds: SoundFetch;
}

/** A device cancels a turn in which nobody spoke within this time; else it ends without an answer. */
const CANCEL_MS = 1_000;
const NOT_CONNECTED = new EarshotError(
  'home_assistant_unavailable',
  'Home Assistant is not connected to this device',
  'Add it in Home Assistant (docs/home-assistant.md), or see whether that runs.',
);

export function createSatelliteResponder(options: SatelliteResponderOptions): Responder {
  const { satelliteOf, announcementOf, voice, decoders, sounds } = options;
  const conversations = createConversations();

  /** Says why there is no answer. */
  async function apologize(error: unknown, { id, device }: ResponderTurn, answer: Answer): Promise<void> {
    const info = errorInfo(error);
    answer.scope.log.warn('Home Assistant did not answer; the person is told', { turn: id, ...infoFields(info) });
    await new SpokenSound(answer, () => {}).parts(await voice.apology(info, device));
  }

  function unanswered(turn: ResponderTurn, answer: Answer): Listener {
    return {
      hear({ final }) {
        if (!final) return;
        answer.processing();
        answer.scope.run(async () => {
          await apologize(NOT_CONNECTED, turn, answer);
          answer.finish();
        });
      },
      abort() {},
    };
  }

  function converse(turn: ResponderTurn, answer: Answer, satellite: Satellite, run: PipelineRun): Listener {
    const { id, device } = turn;
    const { clock } = answer.scope;
    const ending = new AbortController();
    const { signal } = ending;
    const gap = createGapMeter();
    let isSpeaking = false;
    let isFetched = false;
    let onHeard = () => {};
    const heard = new Promise<void>((resolve) => {
      onHeard = resolve;
    });
    const pipeline = new PipelineAnswer({
      ...{ run, turn, answer, voice, sounds, signal },
      onConversation(conversation, continues) {
        conversations.keep(device.name, conversation, clock.now());
        if (continues) answer.asks();
      },
      onSpeaking() {
        isSpeaking = true;
        satellite.show('responding', id);
      },
    });
    const decoder = decoders.begin({
      signal,
      onResult: ({ buffer, byteOffset, byteLength }) => run.speech(new Uint8Array(buffer, byteOffset, byteLength)),
    });

    answer.scope.onEnd(() => {
      ending.abort(new EarshotError('assistant_failed', 'The turn is over', ''));
      run.cancel();
      // Else when it has been played.
      if (!isSpeaking) satellite.showIdle(id);
    });
    satellite.show('listening', id);
    answer.scope.run(() => run.begin());
    answer.scope.run(async () => {
      try {
        const outcome = await pipeline.follow();
        run.release();
        isFetched = outcome === 'fetched';
        if (outcome === 'no-speech') clock.setTimeout(answer.finish, CANCEL_MS);
        else await finish();
      } catch (error) {
        if (signal.aborted) return;
        run.cancel();
        await apologize(error, turn, answer);
        await finish();
      }
    });

    /** The session waits for the end of the utterance, also where the answer is complete before. */
    async function finish(): Promise<void> {
      await heard;
      answer.finish();
    }

    async function onFinal(): Promise<void> {
      onHeard();
      await decoder.finish();
      run.endSpeech();
      pipeline.speechOver();
      if (!signal.aborted && !isSpeaking) satellite.show('processing', id);
    }

    return {
      hear({ timestamp, frames, final }) {
        if (frames.length > 0 && !run.isSpeechOver) decoder.push(frames, gap(timestamp, frames.length));
        if (final) answer.scope.run(onFinal);
      },
      // The scope of the turn ends, and cancels the run.
      abort() {},
      played({ event }: PlaybackReport) {
        if (event !== 'drained' && event !== 'aborted') return;
        satellite.showIdle(id);
        if (isFetched) satellite.notePlayed();
      },
    };
  }

  function begin(turn: ResponderTurn, answer: Answer): Listener {
    const { device, patience } = turn;
    const satellite = satelliteOf(device.name);
    const conversation = conversations.of(device.name, answer.scope.clock.now());
    const run = satellite?.beginRun(conversation, patience !== undefined);
    return satellite && run ? converse(turn, answer, satellite, run) : unanswered(turn, answer);
  }

  const responder: Responder = (turn, answer) => {
    if (turn.announcement) {
      const wanted = announcementOf(turn.announcement.id);
      if (wanted?.startsConversation) answer.asks();
      if (!wanted || wanted.sounds.length === 0) return announce(turn, turn.announcement.text, answer, voice);
      const satellite = satelliteOf(turn.device.name);
      return announceSounds({ wanted, turn, answer, voice, sounds, satellite });
    }
    return begin(turn, answer);
  };
  return Object.assign(responder, { announces: true });
}
