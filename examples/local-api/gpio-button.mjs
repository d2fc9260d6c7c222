/**
 * A button: hold it to talk. Reads edges from standard input, one a line, as gpiomon (Debian's `gpiod`) writes them with `--format=%e`: 1 is
 * rising, 0 (libgpiod 1) or 2 (libgpiod 2) falling. The button connects the line to ground, so falling is pressed.
 *
 *     stdbuf -oL gpiomon --bias=pull-up --format=%e gpiochip0 17 | node gpio-button.mjs                        # Debian 12
 *     stdbuf -oL gpiomon --bias pull-up --format %e --chip gpiochip0 17 | node gpio-button.mjs                 # Debian 13
 */
import { createInterface } from 'node:readline';
import { command } from './client.mjs';

/** A contact bounces for some milliseconds: the state counts that it has after this time. */
const BOUNCE_MS = 20;

let isDown = false;
let isReported = false;
let timer;
/** One command after the other, so that a release never overtakes its press. */
let last = Promise.resolve();

function settle() {
  if (isDown === isReported) return;
  isReported = isDown;
  const name = isDown ? 'press' : 'release';
  last = last.then(() => command(name)).catch((error) => process.stderr.write(`${error.message}\n`));
}

for await (const line of createInterface({ input: process.stdin })) {
  const edge = line.trim();
  if (!['0', '1', '2'].includes(edge)) continue;
  isDown = edge !== '1';
  clearTimeout(timer);
  timer = setTimeout(settle, BOUNCE_MS);
}
