/**
 * The keyboard of a terminal: space begins and ends an utterance (a terminal tells no key-up), escape takes it back, `q` and
 * Ctrl-C quit, `k` keeps the flight record.
 */
import type { ReadStream } from 'node:tty';
import type { OpenTrigger } from './trigger.ts';

const CTRL_C = '\u0003';
const ESCAPE = '\u001b';

export function keyboardTrigger(terminal: ReadStream, onQuit: () => void, onKeep?: () => void): OpenTrigger {
  return ({ onPress, onCancel }) => {
    const onKey = (key: string) => {
      if (key === ' ') onPress('key');
      else if (key === ESCAPE) onCancel();
      else if (key === 'k') onKeep?.();
      else if (key === 'q' || key === CTRL_C) onQuit();
    };
    terminal.setRawMode(true);
    terminal.setEncoding('utf8');
    terminal.on('data', onKey);
    terminal.resume();
    return {
      stop() {
        terminal.off('data', onKey);
        terminal.setRawMode(false);
        terminal.pause();
      },
    };
  };
}
