import {
  type DeviceList,
  type Direction,
  findDevice,
  listDevices,
  type SoundDevice,
} from '../../../actors/sound/device-search.ts';
import { describeError, EarshotError, type ErrorInfo } from '../../core/errors.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { printJson, printLine, printMessage } from '../terminal/output.ts';

interface DevicesOptions {
  device?: string;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .option('--device <name>', 'mark what this name would choose')
    .option('--json', 'print one JSON object')
    .action(({ device, json = false }: DevicesOptions) => {
      const list = listDevices();
      const microphone = choice(list, 'input', device);
      const speaker = choice(list, 'output', device);
      if (json) {
        printJson({
          devices: list.devices.map(({ id: _, ...shown }) => shown),
          microphone: microphone.device?.name ?? null,
          speaker: speaker.device?.name ?? null,
        });
        return;
      }
      if (list.devices.length === 0) return printLine(NONE);
      for (const line of table(list.devices, microphone.device, speaker.device)) printLine(line);
      for (const { error } of [microphone, speaker]) if (error) printMessage(describeError(error));
    });
};

const NONE =
  'No sound devices. Connect a sound card and check its driver (is it in /proc/asound/cards?), or use files: ' +
  'earshot start --input FILE.wav --output FILE.wav';

interface Choice {
  device?: SoundDevice;
  error?: ErrorInfo;
}

/** What a daemon would open. */
function choice(list: DeviceList, direction: Direction, name: string | undefined): Choice {
  try {
    return { device: findDevice(list, direction, name) };
  } catch (error) {
    if (error instanceof EarshotError) return { error: error.info };
    throw error;
  }
}

function table(devices: SoundDevice[], microphone?: SoundDevice, speaker?: SoundDevice): string[] {
  const rows = devices.map((device) => [
    device.name,
    String(device.inputChannels),
    String(device.outputChannels),
    String(device.defaultSampleRateHz),
    device.hostApi,
    [device === microphone && 'microphone', device === speaker && 'speaker'].filter(Boolean).join(', '),
  ]);
  const header = ['NAME', 'IN', 'OUT', 'RATE HZ', 'HOST', 'EARSHOT USES IT AS'];
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => (row[column] ?? title).length)),
  );
  return [header, ...rows].map((row) =>
    row
      .map((cell, column) =>
        NUMBERS.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Columns that are aligned to the right. */
const NUMBERS = new Set([1, 2, 3]);

export default define;
