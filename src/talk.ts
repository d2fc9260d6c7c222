/**
 * Runs a daemon for a command until it is told to stop: shows what happens, prints each turn, and says how it ended.
 */
import type { Dial } from '../actors/network/socket.ts';
import { parseMicrophone, parseSpeaker } from '../actors/sound/open.ts';
import { keyboardTrigger } from '../actors/trigger/keyboard.ts';
import { recordingTrigger } from '../actors/trigger/recording.ts';
import { signalTrigger } from '../actors/trigger/signal.ts';
import type { ConversationNews } from '../machines/conversation.ts';
import { systemClock } from './clock.ts';
import { startDaemon } from './daemon.ts';
import { createDisplay } from './display.ts';
import { describeError, EarshotError, type ErrorInfo, errorInfo } from './errors.ts';
import type { Inspector } from './inspect/inspector.ts';
import { type LineOptions, openLog } from './options.ts';
import { messagesAreWatched, printJson } from './output.ts';
import { checkCards } from './sound-check.ts';
import { reportTurn } from './turn-report.ts';

/** How long `--once` waits for a connection before it gives up. */
const ONCE_CONNECT_MS = 15_000;

const NO_CONNECTION: ErrorInfo = {
  code: 'gateway_unreachable',
  message: `No connection to the gateway within ${ONCE_CONNECT_MS / 1_000} s`,
  hint: 'Check --gateway, and that the gateway runs (earshot gateway).',
};
const EXIT_INTERRUPTED = 130;

/** Resolves with the exit code once the last turn is over or a signal came. */
export async function talk(dial: Dial, options: LineOptions, inspector?: Inspector): Promise<number> {
  const log = openLog(options);
  const microphone = parseMicrophone(options.input, options.device);
  const speaker = parseSpeaker(options.output, options.device);
  try {
    await checkCards(microphone, speaker);
  } catch (error) {
    // A daemon goes on without: the card may be plugged in later.
    if (options.once || options.device !== undefined || !(error instanceof EarshotError)) throw error;
    log.warn('no sound card yet', { ...errorInfo(error) });
  }
  const hasKeyboard = process.stdin.isTTY === true && messagesAreWatched();
  const display = createDisplay({ microphone, speaker, interactive: hasKeyboard, quiet: options.json === true });

  return new Promise((resolve) => {
    let ending = false;
    let linkLostAtMs: number | undefined;
    let linkWasAwayMs = 0;
    const daemon = startDaemon({
      dial,
      state: options.state,
      microphone,
      speaker,
      framesPerPacket: options.framesPerPacket,
      bufferMs: options.bufferMs,
      ...(options.name === undefined ? {} : { name: options.name }),
      triggers: [
        signalTrigger,
        ...(hasKeyboard
          ? [
              keyboardTrigger(
                process.stdin,
                () => void end(0),
                () => inspector?.keep('terminal'),
              ),
            ]
          : []),
        ...(microphone.kind === 'wav' ? [recordingTrigger] : []),
      ],
      onNews,
      ...(display.wantsLevels && { onLevels: display.levels }),
      ...(inspector && { inspector }),
      log,
      logLevel: options.logLevel,
      logFormat: options.logFormat,
    });
    const giveUp = options.once ? setTimeout(() => fail(NO_CONNECTION), ONCE_CONNECT_MS) : undefined;
    process.once('SIGINT', () => void end(EXIT_INTERRUPTED));
    process.once('SIGTERM', () => void end(0));

    function onNews(news: ConversationNews): void {
      if (ending) return;
      display.news(news);
      switch (news.type) {
        case 'link.changed':
          if (!news.up && options.once) return fail(news.error);
          if (news.up) clearTimeout(giveUp);
          return noteLink(news);
        case 'link.quality':
          return log.info(`the link is ${news.quality}`, { roundTripMs: news.roundTripMs, backlogMs: news.backlogMs });
        case 'turn.delivered':
          return log.info('what was said meanwhile has reached the cloud', { turn: news.id, linkWasAwayMs });
        case 'encoder.overflow':
        case 'player.overflow':
          return log.warn(`${news.type}: a buffer was full`, { turn: news.turn, droppedFrames: news.droppedFrames });
        case 'actor.restarting':
          return log.error(`${news.actor} crashed and is started again`, {
            crashes: news.crashes,
            error: news.error.message,
          });
        case 'turn.finished': {
          const report = reportTurn(news.record);
          if (options.json) printJson(report);
          if (options.once) void end(report.outcome === 'done' ? 0 : 1);
        }
      }
    }

    /** One line when it goes, one when it comes back: the attempts between them are the link's own business. */
    function noteLink(news: Extract<ConversationNews, { type: 'link.changed' }>): void {
      if (news.up) {
        if (linkLostAtMs !== undefined) linkWasAwayMs = Math.round(systemClock.now() - linkLostAtMs);
        log.info('connected', { afterMs: linkLostAtMs === undefined ? undefined : linkWasAwayMs });
        linkLostAtMs = undefined;
      } else if (linkLostAtMs === undefined) {
        linkLostAtMs = systemClock.now();
        log.warn(`${news.error.message}; it is tried again until it works`, { hint: news.error.hint });
      }
    }

    function fail(error: ErrorInfo): void {
      display.problem(describeError(error));
      void end(1);
    }

    async function end(exitCode: number): Promise<void> {
      if (ending) return;
      ending = true;
      clearTimeout(giveUp);
      display.close();
      await daemon.stop();
      resolve(exitCode);
    }
  });
}
