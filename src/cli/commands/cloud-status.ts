import { existsSync } from 'node:fs';
import { readDeadLetters } from '../../../actors/cloud/dead-letters.ts';
import { type FoundRecord, type RecordFiles, recordFolder } from '../../../actors/cloud/record-files.ts';
import { readStatistics } from '../../cloud/database/statistics.ts';
import { folderBytes } from '../../core/files/folder-size.ts';
import { deadLettersFolder, embeddedCloudFolder, queueFolder } from '../../core/files/paths.ts';
import { lockHolder } from '../../core/files/state-lock.ts';
import { isoTime } from '../../core/time/iso-time.ts';
import { deploymentOf } from '../../gateway/cloud-address.ts';
import { formatBytes } from '../terminal/bytes.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

const HELP = `
It reads the files of --state: the gateway may run or not. With CONVEX_URL, the
data is in that deployment, and only what waits for it is shown.

In the JSON:
  cloud         "embedded", or the address of the deployment
  folder, bytes of the embedded cloud, all files in it
  process       of the embedded cloud, null when it does not run
  database      bytes, rows by table, oldestTurnAt, scheduled
                (functions that have not run yet), setAside (documents
                that do not fit the schema, by table);
                null: no data yet
  files         count, bytes
  queue         records that wait for the cloud: count, bytes
  deadLetters   records that the cloud rejects: count, bytes`;

export const defineStatus: DefineCommand = (command) => {
  command.option('--json', 'print JSON');
  addStateOption(command)
    .addHelpText('after', HELP)
    .action(async (options: StateOption & { json?: boolean }) => {
      const status = await statusOf(stateOf(options));
      if (options.json) printJson(status);
      else for (const line of describe(status)) printLine(line);
    });
};

type Status = Awaited<ReturnType<typeof statusOf>>;

async function statusOf(state: string) {
  const deployment = deploymentOf(process.env);
  const waiting = {
    queue: sizeOf(inFolder(queueFolder(state), (files) => files.find())),
    deadLetters: sizeOf(inFolder(deadLettersFolder(state), readDeadLetters)),
  };
  if (deployment) return { cloud: deployment.url, ...waiting } as const;
  const folder = embeddedCloudFolder(state);
  const statistics = await readStatistics(folder);
  const { files = { count: 0, bytes: 0 }, ...database } = statistics ?? {};
  return {
    cloud: 'embedded',
    folder,
    bytes: await folderBytes(folder),
    process: lockHolder(folder, 'cloud')?.pid ?? null,
    database: statistics ? (database as Omit<typeof statistics, 'files'>) : null,
    files,
    ...waiting,
  } as const;
}

/** Nothing where there is no folder: this only looks. */
function inFolder<Found>(folder: string, find: (files: RecordFiles) => Found[]): Found[] {
  return existsSync(folder) ? find(recordFolder(folder)) : [];
}

function sizeOf(records: readonly Pick<FoundRecord, 'text' | 'recordingBytes'>[]) {
  const bytes = records.map(({ text = '', recordingBytes = 0 }) => Buffer.byteLength(text) + recordingBytes);
  return { count: records.length, bytes: bytes.reduce((sum, each) => sum + each, 0) };
}

function describe(status: Status): string[] {
  const { queue, deadLetters } = status;
  const show = ({ count, bytes }: typeof queue) => (count === 0 ? '0' : `${count} (${formatBytes(bytes)})`);
  const waiting = [`waiting    ${show(queue)}`, `rejected   ${show(deadLetters)}`];
  if (!('folder' in status)) return [`cloud at ${status.cloud}`, ...waiting];
  const { folder, bytes, process: pid, database, files } = status;
  const state = pid === null ? 'it does not run' : `process ${pid}`;
  return [
    `embedded cloud in ${folder}`,
    `state      ${state}`,
    `size       ${formatBytes(bytes)}`,
    ...(database
      ? [
          `database   ${formatBytes(database.bytes)}`,
          `files      ${show(files)}`,
          `oldest     ${database.oldestTurnAt === null ? 'no turns' : isoTime(database.oldestTurnAt)}`,
          `scheduled  ${database.scheduled}`,
          `set aside  ${Object.values(database.setAside).reduce((sum, count) => sum + count, 0)}`,
        ]
      : ['database   no data yet']),
    ...waiting,
    ...(database ? ['rows', ...rowsOf(database.rows)] : []),
  ];
}

function rowsOf(rows: Record<string, number>): string[] {
  return Object.entries(rows).map(([table, count]) => `  ${table.padEnd(16)} ${String(count).padStart(8)}`);
}
