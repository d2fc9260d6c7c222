import {
  audioBackends,
  type ListedDevices,
  parseMicrophone,
  parseSpeaker,
} from '../../../actors/sound/backends/open.ts';
import type { SoundDevice } from '../../../actors/sound/device-search.ts';
import { describeError, EarshotError, type ErrorInfo } from '../../core/errors.ts';
import { addCardOptions, type CardOptions, microphoneCard, speakerCard } from '../terminal/card-options.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { printJson, printLine, printMessage } from '../terminal/output.ts';
import { defineTest } from './devices-test.ts';

interface DevicesOptions extends CardOptions {
  json?: boolean;
}

const define: DefineCommand = (command) => {
  addCardOptions(command)
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async ({ json = false, ...cards }: DevicesOptions) => {
      const listed = await audioBackends.listDevices();
      const microphone = choice(() => listed.find(parseMicrophone(undefined, microphoneCard(cards)), 'input'));
      const speaker = choice(() => listed.find(parseSpeaker(undefined, speakerCard(cards)), 'output'));
      if (json) {
        printJson({
          devices: listed.devices.map(({ backend, device: { id: _, ...shown } }) => ({ backend, ...shown })),
          microphone: microphone.device?.name ?? null,
          speaker: speaker.device?.name ?? null,
        });
        return;
      }
      if (listed.devices.length === 0) return printLine(NONE);
      for (const line of table(listed.devices, microphone.device, speaker.device)) printLine(line);
      for (const { error } of [microphone, speaker]) if (error) printMessage(describeError(error));
    });
  defineTest(command.command('test').copyInheritedSettings(command));
};

const HELP = `
What --input takes:
${list(audioBackends.usage('microphone'))}
What --output takes:
${list(audioBackends.usage('speaker'))}`;

const NONE =
  'No sound devices. Connect a sound card and check its driver (is it in /proc/asound/cards?), or use files: ' +
  'earshot start --input FILE.wav --output FILE.wav';

interface Choice {
  device?: SoundDevice | undefined;
  error?: ErrorInfo;
}

/** The device that a daemon would open. */
function choice(find: () => SoundDevice | undefined): Choice {
  try {
    return { device: find() };
  } catch (error) {
    if (error instanceof EarshotError) return { error: error.info };
    throw error;
  }
}

function table(devices: ListedDevices['devices'], microphone?: SoundDevice, speaker?: SoundDevice): string[] {
  const rows = devices.map(({ backend, device }) => [
    backend,
    device.name,
    String(device.inputChannels),
    String(device.outputChannels),
    String(device.defaultSampleRateHz),
    device.hostApi,
    [device === microphone && 'microphone', device === speaker && 'speaker'].filter(Boolean).join(', '),
  ]);
  const header = ['BACKEND', 'NAME', 'IN', 'OUT', 'RATE HZ', 'HOST', 'EARSHOT USES IT AS'];
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

/** Right-aligned columns. */
const NUMBERS = new Set([2, 3, 4]);

function list(usages: string[]): string {
  return usages.map((usage) => `  ${usage}`).join('\n');
}

export default define;
