/**
 * The gateway's option for its embedded cloud, and the line that says at the start where its data is.
 */
import type { Command } from 'commander';
import { folderBytes } from '../../core/files/folder-size.ts';
import type { CloudPlace } from '../../gateway/gateway-cloud.ts';
import { formatBytes } from './bytes.ts';

export interface CloudOption {
  ephemeral?: boolean;
}

export function addCloudOption(command: Command): Command {
  return command.option(
    '--ephemeral',
    'keep the data of the embedded cloud in a temporary folder, which is deleted at the end (recordings stay in --state)',
  );
}

export async function describeCloud(place: CloudPlace): Promise<string> {
  if (place.kind === 'deployment') return `cloud at ${place.url}`;
  if (place.isEphemeral)
    return 'embedded cloud in a temporary folder: its data is deleted when this ends (--ephemeral)';
  return `embedded cloud in ${place.folder} (${formatBytes(await folderBytes(place.folder))})`;
}
