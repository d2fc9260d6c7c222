/**
 * The keyboard of a terminal: space begins and ends an utterance (a terminal tells no key-up), escape takes it back, `q` and
 * Ctrl-C quit, `k` keeps the flight record.
 */
import type { ReadStream } from 'node:tty';
import type { OpenTrigger } from './trigger.ts';

const CTRL_C = '\u0003';
const ESCAPE = '\u001b';

/** A terminal's keyboard. `onQuit`: `q` or Ctrl-C; `onKeep`: `k`, which asks to keep the flight record. */
export function keyboardTrigger(terminal: ReadStream, onQuit: () => void, onKeep?: () => void): OpenTrigger {
  // biome-ignore lint/plugin: for a terminal that goes away while the trigger is started again after a crash
  terminal.on('error', () => {});
  return ({ onPress, onCancel }, { guard, onEnd, log }) => {
    const guardedKey = guard((key: string) => {
      if (key === ' ') onPress('key');
      else if (key === ESCAPE) onCancel();
      else if (key === 'k') onKeep?.();
      else if (key === 'q' || key === CTRL_C) onQuit();
    });
    const guardedError = guard((error: Error) => log.warn('the keyboard is gone', { error: error.message }));
    terminal.setRawMode(true);
    terminal.setEncoding('utf8');
    terminal.on('data', guardedKey);
    terminal.on('error', guardedError);
    terminal.resume();
    onEnd(() => {
      terminal.off('data', guardedKey);
      terminal.off('error', guardedError);
      terminal.setRawMode(false);
      terminal.pause();
    });
    return {};
  };
}
