/**
 * Debian's opus-tools, the reference for Ogg Opus files. Tests that need them are skipped if they are not installed, unless
 * EARSHOT_REQUIRE_OPUS_TOOLS=1 is set.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hasProgram } from './has-program.ts';

const installed = ['opusinfo', 'opusdec'].every((tool) => hasProgram(tool, '--version'));
const required = process.env.EARSHOT_REQUIRE_OPUS_TOOLS === '1';

export const needsOpusTools =
  installed || required ? {} : { skip: 'opusinfo and opusdec are not installed (apt-get install opus-tools)' };

/** The output of opusinfo, which must not contain errors. */
export function opusInfo(file: string): string {
  const { status, stdout, stderr, error } = spawnSync('opusinfo', [file], { encoding: 'utf8' });
  assert.ok(!error, 'EARSHOT_REQUIRE_OPUS_TOOLS is set, but opusinfo is not installed');
  assert.equal(status, 0, stdout + stderr);
  assert.doesNotMatch(stdout + stderr, /warning|error/i);
  return stdout;
}

export function opusDecode(file: string, wav: string, sampleRateHz = 16_000): void {
  const { status, stderr } = spawnSync('opusdec', ['--quiet', '--rate', String(sampleRateHz), file, wav]);
  assert.equal(status, 0, String(stderr));
}
