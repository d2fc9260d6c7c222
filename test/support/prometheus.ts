/**
 * Reads Prometheus' text format (version 0.0.4) strictly: each line is valid, each sample belongs to a metric that was announced with its
 * type, and the names of counters end in `_total`.
 */
import assert from 'node:assert/strict';

const LABEL = String.raw`[a-z_]\w*="(?:[^"\\\n]|\\["\\n])*"`;
const SAMPLE = new RegExp(String.raw`^([a-z_]\w*)(\{${LABEL}(?:,${LABEL})*\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$`);
const TYPE = /^# TYPE ([a-z_]\w*) (gauge|counter|histogram)$/;
const HELP = /^# HELP ([a-z_]\w*) \S.*$/;

/** The samples by name and labels, as they are written: `earshot_turns_total{outcome="done"}`. */
export function parseMetrics(lines: readonly string[]): Map<string, number> {
  const kinds = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of lines) {
    const [, named = '', kind = ''] = TYPE.exec(line) ?? [];
    if (named) {
      assert.ok(!kinds.has(named), `${named} comes twice`);
      kinds.set(named, kind);
    } else if (line.startsWith('#')) assert.match(line, HELP);
    else {
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
      const family = kinds.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
      assert.ok(kinds.has(family), `not valid: ${line}`);
      assert.equal(kinds.get(family) === 'histogram', family !== name, line);
      assert.equal(kinds.get(family) === 'counter', name.endsWith('_total'), line);
      assert.ok(!samples.has(name + labels), `${name}${labels} comes twice`);
      samples.set(name + labels, Number(value));
    }
  }
  return samples;
}
