/**
 * Files and streams on the command line: no command overwrites its input, `-` is a standard stream, and a file that cannot be
 * written or read gives one line and an exit code, never a stack trace or a hang.
 */
import assert from 'node:assert/strict';
import { copyFileSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseWav } from '../../actors/sound/wav-format.ts';
import { EARSHOT, inTemporaryFolder } from '../support/cli.ts';
import { type ProgramEnd, runProgram } from '../support/run-program.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';
import { wavOf } from '../support/wav-of.ts';

const TRACE = fileURLToPath(new URL('../../assets/networks/ws_tcp_rtt50_jit15_g3.txt', import.meta.url));
const speech = readSamples(SHORT_SPEECH);
const READER_GONE = 141;

/** Runs a line in a shell, with `earshot` as a command. The exit code is that of its first program. */
function shell(line: string, cwd: string): Promise<ProgramEnd> {
  const script = `earshot() { "$EARSHOT" "$@"; }\n${line}\nexit "\${PIPESTATUS[0]}"`;
  const env = {
    ...process.env,
    EARSHOT,
    EARSHOT_STATE: join(cwd, 'state'),
    // Replies are compared with what was said.
    EARSHOT_RESPONDER: 'parrot',
    EARSHOT_STDOUT: '',
    EARSHOT_STDERR: '',
    TRACE,
  };
  return runProgram('bash', ['-c', script], { cwd, env });
}

/** A folder with a recording `a.wav` of this length. */
const withRecording = (ms: number, work: (folder: string) => Promise<void>) =>
  inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'a.wav'), wavOf([speech.subarray(0, ms * 16)]));
    await work(folder);
  });

async function refuses(folder: string, line: string, code: number, says: RegExp): Promise<void> {
  const { code: was, stderr } = await shell(line, folder);
  assert.equal(was, code, `${line}\n${stderr}`);
  assert.match(stderr, says, line);
  assert.doesNotMatch(stderr, /\n\s+at /, 'a stack trace');
  assert.equal(stderr.match(/^earshot: /gm)?.length, 1, `one line: ${stderr}`);
}

const same = (reply: Int16Array, of: Int16Array) => alignedCorrelation(throughCodec(of), reply).correlation;

test('no command overwrites its input', () =>
  withRecording(300, async (folder) => {
    const path = (name: string) => join(folder, name);
    symlinkSync('a.wav', path('link.wav'));
    linkSync(path('a.wav'), path('hard.wav'));
    copyFileSync(TRACE, path('trace.svg'));
    const recording = readFileSync(path('a.wav'));
    const trace = readFileSync(TRACE);
    for (const output of ['a.wav', './a.wav', 'link.wav', 'hard.wav', `${folder}/a.wav`]) {
      await refuses(folder, `earshot start --once --input a.wav --output ${output}`, 2, /is not written: it is/);
    }
    const run = 'earshot run --gateway ws://127.0.0.1:9 --once';
    await refuses(folder, `${run} --input link.wav --output ./a.wav`, 2, /is not written/);
    await refuses(folder, 'earshot opus --input a.wav --output hard.wav', 2, /is not written/);
    const simulate = 'earshot simulate --packet-ms 60';
    await refuses(folder, `${simulate} --trace "$TRACE" --input a.wav --output link.wav`, 2, /is not written/);
    await refuses(folder, `${simulate} --trace trace.svg --input a.wav --plot trace.svg`, 2, /is not written/);
    await refuses(folder, `${simulate} --trace "$TRACE" --input a.wav --output x.svg --plot x.svg`, 2, /same file/);
    symlinkSync('a.wav', path('a-5-fec.wav'));
    await refuses(folder, 'earshot loss --input a.wav --rates 5 --output .', 2, /a-5-fec\.wav is not written/);
    await refuses(folder, 'earshot opus --input - --output a.wav < a.wav', 2, /is not written/);
    await refuses(folder, 'earshot opus --input a.wav --output - 1<> a.wav', 2, /standard output is not written/);
    // Without a sound card the default output is reply.wav.
    symlinkSync('a.wav', path('reply.wav'));
    if ((await shell('earshot devices --json', folder)).stdout.includes('"microphone":null')) {
      await refuses(folder, 'earshot start --once --input a.wav', 2, /reply\.wav is not written/);
    }
    assert.deepEqual(readFileSync(path('a.wav')), recording);
    assert.deepEqual(readFileSync(path('trace.svg')), trace);
  }));

test('a turn from standard input to standard output', () =>
  withRecording(900, async (folder) => {
    const { code, stdout, stderr } = await shell('cat a.wav | earshot start --once --input - --output - | cat', folder);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /microphone: standard input, speaker: standard output/);
    assert.equal(stdout.readUInt32LE(4), 0xffff_ffff, 'the length was unknown');
    const reply = parseWav(stdout, 'standard output');
    const samples = Int16Array.from(reply.read(reply.frames), (value) => value * 32_768);
    assert.ok(same(samples, speech.subarray(0, 900 * 16)) > 0.99);
    const report = await shell('earshot analyze - < a.wav', folder);
    assert.match(report.stdout.toString(), /standard input: 0\.90 s/);
  }));

test('standard output that is a file gets a header with the true sizes; when appending, one with unknown sizes', () =>
  withRecording(300, async (folder) => {
    const start = 'earshot start --once --input a.wav --output -';
    assert.equal((await shell(`${start} > out.wav`, folder)).code, 0);
    const out = readFileSync(join(folder, 'out.wav'));
    assert.deepEqual([out.readUInt32LE(4), out.readUInt32LE(40)], [out.length - 8, out.length - 44]);
    assert.equal((await shell(`printf xyz > more.wav; ${start} >> more.wav`, folder)).code, 0);
    const more = readFileSync(join(folder, 'more.wav'));
    assert.equal(more.toString('latin1', 0, 7), 'xyzRIFF');
    assert.equal(more.readUInt32LE(3 + 40), 0xffff_ffff);
    assert.equal(more.length - 3 - 44, parseWav(more.subarray(3), 'x').frames * 2);
  }));

test('a reader that is slower than the reply delays it, and loses nothing', () =>
  inTemporaryFolder(async (folder) => {
    copyFileSync(SHORT_SPEECH, join(folder, 'a.wav'));
    // A pipe takes two of the three seconds; the third waits.
    const { code, stderr } = await shell(
      'earshot start --once --playback fixed --input a.wav --output - | (sleep 8; cat > out.wav)',
      folder,
    );
    assert.equal(code, 0, stderr);
    const reply = parseWav(readFileSync(join(folder, 'out.wav')), 'out.wav');
    const samples = Int16Array.from(reply.read(reply.frames), (value) => value * 32_768);
    assert.ok(same(samples, speech) > 0.9);
  }));

test('other files to and from standard streams', () =>
  withRecording(300, async (folder) => {
    const opus = await shell('earshot opus --input - --output - < a.wav', folder);
    assert.equal(opus.stdout.toString('latin1', 0, 4), 'OggS', opus.stderr);
    assert.match(opus.stderr, /standard output: Ogg Opus/);
    const simulate = 'earshot simulate --packet-ms 60 --seconds 1 --trace - --input a.wav --output - < "$TRACE"';
    const simulated = await shell(simulate, folder);
    const { frames } = parseWav(simulated.stdout, 'x');
    assert.ok(Math.abs(frames - 16_000) < 1_600, `${frames} frames of a second: ${simulated.stderr}`);
    assert.match(simulated.stderr, /wrote standard output/);
    const loss = await shell('earshot loss --input - --rates 5 --output heard --json < a.wav', folder);
    const { files } = JSON.parse(loss.stdout.toString()) as { files: string[] };
    assert.deepEqual(files[0], 'heard/speech-5-lossless.wav');
    for (const file of files) assert.ok(parseWav(readFileSync(join(folder, file)), file).frames > 0);
  }));

test('a reader that closes the pipe ends the command, without a message', () =>
  withRecording(300, async (folder) => {
    const ends = async (line: string) => {
      const { code, stderr } = await shell(line, folder);
      assert.equal(code, READER_GONE, `${line}\n${stderr}`);
      assert.doesNotMatch(stderr, /earshot: |\n\s+at /, line);
    };
    const intoNothing = (line: string) => ends(`exec 9> >(exec true); wait $!; ${line} >&9`);
    await intoNothing('earshot --help');
    await intoNothing('earshot analyze a.wav');
    await intoNothing('earshot opus --input a.wav --output -');
    await intoNothing('earshot start --json --input a.wav --output null');
    await intoNothing('earshot start --input a.wav --output -');
    await intoNothing('earshot gateway --port 0');
    // The whole reply does not fit into the pipe.
    copyFileSync(SHORT_SPEECH, join(folder, 'long.wav'));
    await ends('earshot start --input long.wav --output - | head -c 1000 >/dev/null');
  }));

test('standard output that is full or closed gives one line', () =>
  withRecording(300, async (folder) => {
    const full = /^earshot: standard output cannot be written: the disk is full/m;
    const closed = /^earshot: standard output cannot be written: it is closed/m;
    for (const [into, says] of [
      ['> /dev/full', full],
      ['>&-', closed],
    ] as const) {
      await refuses(folder, `earshot --help ${into}`, 1, says);
      await refuses(folder, `earshot analyze a.wav ${into}`, 1, says);
      await refuses(folder, `earshot opus --input a.wav --output - ${into}`, 1, says);
      await refuses(folder, `earshot start --once --input a.wav --output - ${into}`, 1, says);
    }
    await refuses(folder, 'earshot start --once --json --input a.wav --output null > /dev/full', 1, full);
    await refuses(folder, 'earshot gateway --port 0 > /dev/full', 1, full);
    const elsewhere = 'earshot start --once --input a.wav --output /dev/full';
    await refuses(folder, elsewhere, 1, /\/dev\/full cannot be written: the disk is full/);
    await refuses(folder, 'earshot opus --input a.wav --output /dev/full', 1, /\/dev\/full cannot be written/);
    // Messages are for nobody then, but what was asked for is done.
    for (const messages of ['2>&-', '2> /dev/full']) {
      const { code, stdout } = await shell(`earshot analyze a.wav ${messages}`, folder);
      assert.equal(code, 0);
      assert.match(stdout.toString(), /0\.30 s/);
    }
  }));

test('a disk that becomes full during a reply: the part played so far stays, and the reason is printed', () =>
  inTemporaryFolder(async (folder) => {
    copyFileSync(SHORT_SPEECH, join(folder, 'a.wav'));
    // A limit on the size of files simulates the full disk: 40 KiB, and an error instead of a signal.
    const line = `trap '' XFSZ; ulimit -f 40; earshot start --once --input a.wav --output out.wav`;
    await refuses(folder, line, 1, /^earshot: out\.wav cannot be written: it exceeds the maximum size of a file/m);
    const out = readFileSync(join(folder, 'out.wav'));
    assert.equal(out.length, 40 * 1024);
    assert.equal(out.readUInt32LE(40), out.length - 44, 'the header has the true size');
    assert.ok(same(readSamples(join(folder, 'out.wav')), speech.subarray(0, 16_000)) > 0.9);
  }));

test('unreadable input, or audio output to a terminal, gives one line', () =>
  withRecording(300, async (folder) => {
    await refuses(
      folder,
      'earshot analyze - < /dev/null',
      1,
      /standard input cannot be played as a WAV file: it is empty/,
    );
    await refuses(folder, 'earshot analyze - < .', 1, /standard input cannot be read: it is a directory/);
    await refuses(folder, 'earshot analyze - <&-', 1, /it is empty/);
    await refuses(folder, 'mkfifo pipe; earshot analyze pipe', 1, /it is a pipe.*< PIPE/);
    await refuses(folder, 'earshot opus --input a.wav --output pipe', 1, /it is a pipe/);
    await refuses(folder, 'earshot start --once --input pipe --output null', 1, /it is a pipe/);
    await refuses(folder, 'earshot start --once --input - --output null < /dev/null', 1, /it is empty/);
    await refuses(folder, 'earshot loss --input a.wav --output -', 2, /Give a folder/);
    await refuses(folder, 'earshot opus --input a.wav --output - --json', 2, /the file or the JSON/);
    await refuses(folder, 'earshot simulate --packet-ms 60 --trace - --input - < a.wav', 2, /can be read only once/);
    await refuses(folder, 'earshot replay - < a.wav', 1, /standard input is no recording/);
    const terminal = (command: string) => shell(`script -qec '"$EARSHOT" ${command}' /dev/null < /dev/null`, folder);
    assert.match((await terminal('opus --input a.wav --output -')).stdout.toString(), /not written to a terminal/);
    assert.match((await terminal('analyze -')).stdout.toString(), /Standard input is a terminal/);
  }));

test('help lists the options of a command, also of a subcommand', () =>
  inTemporaryFolder(async (folder) => {
    const help = async (line: string) => (await shell(line, folder)).stdout.toString();
    assert.match(await help('earshot help opus'), /Usage: earshot opus.*--bitrate/s);
    assert.match(await help('earshot help turns play'), /Usage: earshot turns play.*--output/s);
    assert.equal(await help('earshot help opus'), await help('earshot opus --help'));
    assert.equal(await help('earshot help'), await help('earshot --help'));
    assert.equal((await shell('earshot help bogus', folder)).code, 2);
  }));
