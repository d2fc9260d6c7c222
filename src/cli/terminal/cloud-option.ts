/**
 * The gateway's option for its embedded cloud, and the line that says at the start where its data is.
 */
import { type Command, Option } from 'commander';
import { CONFIRM_WHEN, type ConfirmWhen } from '../../../actors/cloud/cloud-recorder.ts';
import { EarshotError } from '../../core/errors.ts';
import { folderBytes } from '../../core/files/folder-size.ts';
import type { CloudPlace } from '../../gateway/gateway-cloud.ts';
import { formatBytes } from './bytes.ts';

export interface CloudOption {
  ephemeral?: boolean;
  confirm: ConfirmWhen;
}

export function addCloudOption(command: Command): Command {
  return command
    .option(
      '--ephemeral',
      'keep the data of the embedded cloud in a temporary folder, which is deleted at the end (recordings stay in --state)',
    )
    .addOption(
      new Option(
        '--confirm <where>',
        'a device may delete a turn when it is on the disk of the gateway, or in the cloud',
      )
        .choices(CONFIRM_WHEN)
        .default('disk')
        .env('EARSHOT_CONFIRM'),
    );
}

/** @throws EarshotError `usage`: a cloud that is deleted at the end keeps nothing */
export function cloudSettingsOf({ ephemeral = false, confirm }: CloudOption): {
  isEphemeral: boolean;
  confirm: ConfirmWhen;
} {
  if (ephemeral && confirm === 'cloud') {
    const hint = 'Leave out one of them: --ephemeral deletes the cloud at the end.';
    throw new EarshotError('usage', '--confirm cloud needs a cloud that lasts', hint);
  }
  return { isEphemeral: ephemeral, confirm };
}

export async function describeCloud(place: CloudPlace): Promise<string> {
  if (place.kind === 'deployment') return `cloud at ${place.url}`;
  if (place.isEphemeral)
    return 'embedded cloud in a temporary folder: its data is deleted when this ends (--ephemeral)';
  return `embedded cloud in ${place.folder} (${formatBytes(await folderBytes(place.folder))})`;
}
