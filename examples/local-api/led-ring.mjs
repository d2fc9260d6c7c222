/**
 * The LEDs of a ReSpeaker show what the device does: `node led-ring.mjs [DEVICE] [COUNT]`. DEVICE is the SPI device (default /dev/spidev0.1; SPI must
 * be on: dtparam=spi=on), COUNT the number of LEDs: 12 on the 4-Mic Array, 3 on the 2-Mic HAT. The ring of the 4-Mic Array has a switch of its own,
 * line 5: gpioset gpiochip0 5=1.
 */
import { openSync, writeSync } from 'node:fs';
import { apa102Frame, ringColours } from './apa102.mjs';
import { follow } from './client.mjs';

const [device = '/dev/spidev0.1', count = '12'] = process.argv.slice(2);
const spi = openSync(device, 'w');
let shown = {};

function show(change) {
  shown = { ...shown, ...change };
  writeSync(spi, apa102Frame(ringColours(shown, Number(count))));
}

process.once('SIGTERM', () => {
  show({ isGone: true });
  process.exit(0);
});

await follow('state,microphone,mute,levels', ({ event, data }) => {
  if (event === 'gone') return show({ isGone: true });
  if (event !== 'levels') return show({ isGone: false, levelDb: undefined, ...data });
  const level = shown.state === 'streaming' ? data.microphone : shown.state === 'playing' ? data.speaker : undefined;
  show({ levelDb: level?.peakDb });
});
