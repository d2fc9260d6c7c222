/**
 * The assistant, a responder: it understands the speech of a turn and answers it in speech. Each turn has an answer machine
 * (machines/answer.ts), whose actors use the parts; the parts are shared by all devices.
 */
import { type Actor, createActor } from 'xstate';
import { type ActorToRun, sharedActorLogic } from '../../../machines/adapter/actor-host.ts';
import type { ActorSystem } from '../../../machines/adapter/contract-logic.ts';
import { answerMachine } from '../../../machines/answer.ts';
import type { AnswerNotification } from '../../../machines/answer-context.ts';
import type { ActorDefinition } from '../../../src/core/actor/actor.ts';
import { createChannel } from '../../../src/core/actor/channel.ts';
import {
  type SpeechContract,
  speechContract,
  type ThinkingContract,
  type TranscriptionContract,
  thinkingContract,
  transcriptionContract,
} from '../../../src/core/contracts/index.ts';
import type { DeviceProfile } from '../../../src/core/device-profile.ts';
import { EarshotError, type ErrorInfo, errorFields } from '../../../src/core/errors.ts';
import { within } from '../../../src/core/time/within.ts';
import { createGapMeter } from '../../responder/gap-meter.ts';
import type { Answer, Listener, Responder, ResponderTurn } from '../../responder/responder.ts';
import type { Endpointing } from '../endpointing/endpointing.ts';
import type { Brain } from '../parts/brain.ts';
import type { Memory } from '../parts/memory.ts';
import type { SpeechToSpeech, SpokenTurn } from '../parts/speech-to-speech.ts';
import type { Tool, ToolCall } from '../parts/tool.ts';
import type { Transcriber } from '../parts/transcriber.ts';
import type { ReplyVoice } from '../speech/reply-voice.ts';
import type { SpokenAudio } from '../speech/spoken-audio.ts';
import type { SpokenReply } from '../speech/spoken-reply.ts';
import { createConsent } from '../tools/consent.ts';
import { announcingBrain, defineNoTranscription } from './announcing.ts';
import { eachTextOnce } from './each-text-once.ts';
import { KeptUtterances } from './kept-utterance.ts';
import { reportingChanges } from './reporting-changes.ts';
import { defineSpeech } from './speech.ts';
import { defineHearing, defineSpeakingModel } from './speech-to-speech.ts';
import { createSpokenWords } from './spoken-words.ts';
import { defineThinking } from './thinking.ts';
import { defineTranscription, type UtteranceFrames } from './transcription.ts';
import { TurnDialogue } from './turn-dialogue.ts';
import { turnIds } from './turn-ids.ts';
import { createUtteranceEnd } from './utterance-end.ts';

/** How long a question waits for the report of how much of the answer before was heard. */
const PLAYBACK_PATIENCE_MS = 300;
/** Devices whose last turn is remembered for that. */
const KEPT_DEVICES = 1_000;
/** A device cancels a turn in which nobody spoke within this time; else it ends without an answer. */
const CANCEL_MS = 1_000;
/** Packets of an utterance that may wait until its recogniser is open. */
const WAITING_PACKETS = 500;

/** The parts of an assistant, and what it may do. */
export interface AssistantResponderOptions {
  transcriber: Transcriber;
  brain: Brain;
  voice: ReplyVoice;
  /** Answers instead of transcriber, brain and synthesizer. Announcements are spoken by the voice. */
  speechToSpeech?: SpeechToSpeech | undefined;
  memory: Memory;
  /** Finds the end of speech for devices that listen; undefined: they find it alone. */
  endpointing?: Endpointing | undefined;
  /** What the brain may use for this device. */
  tools?: (device: DeviceProfile) => readonly Tool[];
  /** Said before the next answer, once; undefined: nothing. */
  takeNotice?: (device: string) => string | undefined;
  /** Characters of an answer that are spoken; default: about ten minutes of speech. */
  maxCharacters?: number;
  /** Observes each answer's machine; called before it is started. */
  onAnswer?: (actor: Actor<typeof answerMachine>, turnId: string) => void;
}

/** The actors of one answer; all answers share one machine. */
interface AnswerActors {
  transcription: ActorToRun<TranscriptionContract>;
  thinking: ActorToRun<ThinkingContract>;
  speech: ActorToRun<SpeechContract>;
}

/** The assistant as a responder. One serves all devices; the parts are closed by whoever made them. */
export function createAssistant(options: AssistantResponderOptions): Responder {
  const actorsOf = new WeakMap<ActorSystem, AnswerActors>();
  const machine = answerMachine.provide({
    actors: {
      transcription: sharedActorLogic(transcriptionContract, (system) => found(actorsOf, system).transcription),
      thinking: sharedActorLogic(thinkingContract, (system) => found(actorsOf, system).thinking),
      speech: sharedActorLogic(speechContract, (system) => found(actorsOf, system).speech),
    },
  });
  const consent = createConsent();
  /** The last turn of each device. */
  const lastTurns = new Map<string, TurnDialogue>();
  const keptUtterances = new KeptUtterances();

  function keep(device: string, dialogue: TurnDialogue): TurnDialogue | undefined {
    const before = lastTurns.get(device);
    lastTurns.delete(device);
    lastTurns.set(device, dialogue);
    const oldest = lastTurns.size > KEPT_DEVICES ? lastTurns.keys().next().value : undefined;
    if (oldest !== undefined) lastTurns.delete(oldest);
    return before;
  }

  return ({ id, device, announcement, patience, wakeWord }: ResponderTurn, answer: Answer): Listener => {
    const { transcriber, voice, memory, takeNotice, onAnswer } = options;
    const brain = announcement ? announcingBrain(announcement.text) : options.brain;
    const { clock, log } = answer.scope;
    const hosting = { clock, log };
    const understands = brain.understands && eachTextOnce(brain.understands);
    const model = announcement ? undefined : options.speechToSpeech;
    let reply: SpokenReply | undefined;
    let spoken: SpokenTurn | undefined;
    let audio: SpokenAudio | undefined;
    const dialogue = new TurnDialogue({
      ...{ memory, device: device.name, turnId: id, wallNow: clock.wallNow },
      heardText(playedMs) {
        spoken?.heard(playedMs);
        return (reply ?? audio)?.heardText(playedMs) ?? '';
      },
    });
    /** Let go at the end: each turn would hold the one before, and so all. */
    let before = keep(device.name, dialogue);
    answer.scope.onEnd(() => {
      before = undefined;
    });
    let isNoise = false;
    const utterance = createChannel<UtteranceFrames>({
      name: 'utterance',
      limit: WAITING_PACKETS,
      whenFull: 'drop-newest',
    });

    // Read while the person speaks, so that the question does not wait for the cloud.
    answer.scope.run(async () => void (await memory.recall(device.name)));

    const isListened = patience !== undefined && !model;
    function onFrames(part: UtteranceFrames): void {
      utterance.send(part);
      if (isListened) dialogue.utterance.add(part);
    }
    if (isListened) keptUtterances.keep(dialogue.utterance);
    /** This turn may be the rest of the sentence before: then it is recognised with it. */
    const goesOn = isListened && before?.mayGoOn(clock.now()) === true;
    if (goesOn) for (const part of before?.utterance.parts ?? []) onFrames(part);
    if (before) keptUtterances.drop(before.utterance);

    /** Its text may be known only later. */
    function firstPart(): string | undefined {
      return (goesOn && before?.said) || undefined;
    }

    async function background() {
      if (before?.isUndecided) await within(before.played, PLAYBACK_PATIENCE_MS, clock);
      const { messages, summary } = await memory.recall(device.name);
      const history = messages.filter((message) => message.turnId !== id && message.text !== '');
      const makeId = turnIds(device.name, id);
      const first = firstPart();
      return {
        ...{ history, device, turnId: id, nowMs: clock.wallNow(), makeId },
        ...(summary !== undefined && { summary }),
        ...(first !== undefined && { firstPart: first }),
      };
    }

    function createReply() {
      if (model) {
        audio = voice.audio(device);
        return audio;
      }
      reply = voice.reply(device);
      return reply;
    }
    /** Whether the person was told who answers: that is known when the first words are there. */
    let wasTold = false;
    /** The reply exists when a question is confirmed. */
    const output = {
      async write(words: string): Promise<void> {
        const notice = wasTold ? undefined : takeNotice?.(device.name);
        wasTold = true;
        await reply?.write(notice === undefined ? words : `${notice} ${words}`);
      },
      end: () => reply?.end(),
    };

    const toolsFor = (said: () => string | Promise<string>) =>
      consent.guard(
        reportingChanges(options.tools?.(device) ?? [], () => dialogue.onChange()),
        said,
      );
    const onToolCall = ({ name, input, error }: ToolCall) => {
      log.info('a tool was used', { turn: id, tool: name, error });
      answer.used({ name, input: JSON.stringify(input), ...(error !== undefined && { error }) });
    };
    const spokenWords = createSpokenWords(clock);
    const onTranscript = (words: string) => {
      spokenWords.tell(words);
      dialogue.onPerson(words);
    };
    const onPauseText = (words: string, alternatives: readonly string[]) => end.words(words, alternatives);

    async function begin(speechToSpeech: SpeechToSpeech, signal: AbortSignal): Promise<SpokenTurn> {
      const known = await background();
      spoken = speechToSpeech.begin({ ...known, tools: toolsFor(spokenWords.known) }, signal);
      return spoken;
    }

    function transcription(): ActorDefinition<TranscriptionContract> {
      if (announcement) return defineNoTranscription(answer);
      if (model) return defineHearing({ utterance, answer, begin: (signal) => begin(model, signal) });
      return defineTranscription({
        ...{ transcriber, understands, asMeant: brain.asMeant },
        ...{ wakeWord, device, isDistant: isListened, utterance, answer },
        ...{ isNoise: () => isNoise, interrupted: firstPart },
        ...{ onTranscript, onPauseText },
      });
    }

    function thinking(): ActorDefinition<ThinkingContract> {
      if (model)
        return defineSpeakingModel({ turn: () => spoken, audio: () => audio, answer, onTranscript, onToolCall });
      const { maxCharacters = MAX_CHARACTERS } = options;
      const tools = (said: string) => toolsFor(() => said);
      return defineThinking({ ...{ brain, background, output, answer }, tools, maxCharacters, onToolCall });
    }

    const actor = createActor(machine, { clock });
    actorsOf.set(actor.system, {
      transcription: { definition: transcription(), options: hosting },
      thinking: { definition: thinking(), options: hosting },
      speech: {
        definition: defineSpeech({
          ...{ createReply, answer },
          apology: (error) => voice.apology(error, device),
          onSentence: (words) => dialogue.onSentence(words),
        }),
        options: hosting,
      },
    });
    const guardedNotification = answer.scope.guard(onNotification);
    actor.on('*', guardedNotification);
    onAnswer?.(actor, id);
    actor.start();

    function onNotification(notification: AnswerNotification): void {
      const { error } = notification;
      if (notification.type === 'answer.failing') {
        const { code, message, hint } = error;
        return log.warn('an answer failed; the person is told', { turn: id, code, error: message, hint });
      }
      dialogue.end();
      const { outcome, isTold } = notification;
      if (outcome === 'done' || (outcome === 'failed' && isTold)) answer.finish();
      else if (outcome === 'failed') answer.scope.run(() => apologize(error));
    }

    /** The actor that speaks has failed, too: the recorded sentence needs none. */
    async function apologize(error: ErrorInfo): Promise<void> {
      try {
        for (const part of await voice.apology(error, device)) {
          if (part.type === 'frames') answer.say(part.frames);
        }
        answer.finish();
      } catch (unsaid) {
        log.warn('the person cannot be told that an answer failed', { turn: id, ...errorFields(unsaid) });
        answer.fail(new EarshotError(error.code, error.message, error.hint));
      }
    }

    function stop(): void {
      if (actor.getSnapshot().status === 'active') actor.send({ type: 'answer.abort' });
      dialogue.end();
    }
    answer.scope.onEnd(stop);

    const end = createUtteranceEnd({
      ...{ device: device.name, endpointing: announcement ? undefined : options.endpointing, patience, answer },
      understands,
      knowsWords: !model && isEnglish(device.language),
      hasInterrupted: () => firstPart() !== undefined,
      onFinal(hasSpeech) {
        isNoise = !hasSpeech;
        if (patience) dialogue.onEndFound(clock.now());
        actor.send({ type: 'answer.final' });
      },
      onNoSpeech() {
        stop();
        clock.setTimeout(answer.finish, CANCEL_MS);
      },
    });
    const gap = createGapMeter();
    return {
      hear({ timestamp, frames, final }) {
        if (end.isOver) return;
        if (frames.length > 0) {
          const gapSamples = gap(timestamp, frames.length);
          onFrames({ frames, gapSamples });
          end.push(frames, gapSamples);
        }
        if (final) end.final();
      },
      abort: stop,
      played: (report) => dialogue.onPlayback(report),
    };
  };
}

/** About ten minutes of speech. */
const MAX_CHARACTERS = 9_000;

/** The rule for the words knows no other language. */
function isEnglish(language: string): boolean {
  return /^en\b/i.test(language);
}

function found(actorsOf: WeakMap<ActorSystem, AnswerActors>, system: ActorSystem): AnswerActors {
  const actors = actorsOf.get(system);
  if (!actors) throw new Error('an answer was started without its actors');
  return actors;
}
