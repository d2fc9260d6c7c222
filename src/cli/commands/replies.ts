import { uploadFile, withOrigin } from '../../../actors/cloud/convex-cloud.ts';
import { api } from '../../../convex/_generated/api.js';
import type { Id } from '../../../convex/_generated/dataModel.d.ts';
import { EarshotError } from '../../core/errors.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { inputName } from '../../core/files/descriptors.ts';
import { readInput } from '../../core/files/input-file.ts';
import { decodeOpusFile } from '../../core/ogg/opus-file.ts';
import { withCloud } from '../../gateway/operator.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

type RepliesOptions = StateOption & { json?: boolean };

const define: DefineCommand = (command) => {
  const subcommand = (usage: string, summary: string) =>
    addStateOption(command.command(usage).description(summary).copyInheritedSettings(command)).option(
      '--json',
      'print JSON',
    );

  subcommand(
    'put <key> <file>',
    'store a reply from an Ogg Opus file (opusenc --bitrate 24 --framesize 20); - for standard input',
  )
    .requiredOption('--text <text>', 'text of the reply')
    .action(async (key: string, path: string, { state, json, text }: RepliesOptions & { text: string }) => {
      const file = await readReply(path);
      await withCloud(state, async ({ client, url }) => {
        const address = await client.mutation(api.recordings.uploadUrl, {});
        const storageId = (await uploadFile(withOrigin(address, url), file)) as Id<'_storage'>;
        await client.mutation(api.replies.put, { key, text, storageId });
      });
      if (json) printJson({ key, bytes: file.length });
      else printLine(`${key} is stored; assign it to a device with: earshot settings DEVICE replies=${key}`);
    });

  subcommand('list', 'list the replies').action(async ({ state, json }: RepliesOptions) => {
    const replies = await withCloud(state, ({ client }) => client.query(api.replies.list, {}));
    if (json) return printJson(replies);
    for (const { key, text, bytes } of replies) printLine(`${key}  ${bytes} bytes  ${text}`);
    if (replies.length === 0) printLine('no replies');
  });

  subcommand('remove <key>', 'delete a reply').action(async (key: string, { state, json }: RepliesOptions) => {
    await withCloud(state, ({ client }) => client.mutation(api.replies.remove, { key }));
    if (json) printJson({ key, removed: true });
    else printLine(`${key} is removed`);
  });
};

/** Limit of the cloud's upload. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** @throws EarshotError for a file that a device could not play. */
async function readReply(path: string): Promise<Uint8Array> {
  checkFiles({ inputs: [path], outputs: [] });
  const bytes = await readInput(path, { maxBytes: MAX_FILE_BYTES, kind: 'Ogg Opus file' });
  const { channels, packets, durationMs } = decodeOpusFile(bytes);
  // A file may end within its last frame, and its first samples (pre-skip) are not played.
  const is20Ms = Math.abs(durationMs - packets.length * 20) <= 100;
  if (channels === 1 && is20Ms) return bytes;
  const hint = 'Make it with: opusenc --bitrate 24 --framesize 20 --downmix-mono IN.wav OUT.opus';
  throw new EarshotError('opus_file_invalid', `${inputName(path)} is not mono with frames of 20 ms`, hint);
}

export default define;
