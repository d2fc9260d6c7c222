/**
 * The tokens of both themes: written twice, so compared; text has enough contrast on everything that it stands on (WCAG AA).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const FILES = ['tokens.css', 'data-colours.css'].map((name) =>
  readFileSync(new URL(`../../src/pages/design/${name}`, import.meta.url), 'utf8'),
);

type Tokens = Record<string, string>;

/** The custom properties of the first rule with this selector, in each file. */
function tokensOf(selector: string): Tokens {
  const bodies = FILES.map((css) => {
    const begin = css.indexOf(`${selector} {`);
    assert.notEqual(begin, -1, `there is a rule ${selector}`);
    return css.slice(begin, css.indexOf('}', begin));
  });
  const all = bodies.flatMap((body) => [...body.matchAll(/--([\w-]+):\s*([^;]+);/g)]);
  return Object.fromEntries(all.map(([, name = '', value = '']) => [name, value]));
}

const THEMES = { dark: tokensOf(':root'), light: tokensOf(':root[data-theme="light"]') };

test('the light theme is the same by choice and by the system', () => {
  assert.deepEqual(tokensOf(':root:not([data-theme="dark"])'), THEMES.light);
});

test('both themes have the same colours', () => {
  assert.deepEqual(Object.keys(THEMES.light), Object.keys(THEMES.dark));
});

type Colour = [red: number, green: number, blue: number, alpha: number];

function colour(tokens: Tokens, name: string): Colour {
  const hex = tokens[name]?.slice(1) ?? '';
  const pairs = hex.length <= 4 ? [...hex].map((digit) => digit + digit) : (hex.match(/../g) ?? []);
  const [red = 0, green = 0, blue = 0, alpha = 255] = pairs.map((pair) => Number.parseInt(pair, 16));
  return [red, green, blue, alpha / 255];
}

function over([red, green, blue, alpha]: Colour, [r, g, b]: Colour): Colour {
  return [red * alpha + r * (1 - alpha), green * alpha + g * (1 - alpha), blue * alpha + b * (1 - alpha), 1];
}

function luminance([red, green, blue]: Colour): number {
  const [r = 0, g = 0, b = 0] = [red, green, blue].map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const SURFACES = ['ground', 'panel', 'raised', 'hover'];
const TONES = ['accent', 'info', 'warning', 'danger'];

for (const [theme, tokens] of Object.entries(THEMES)) {
  const of = (name: string) => colour(tokens, name);

  test(`${theme}: text can be read on every surface`, () => {
    for (const surface of SURFACES) {
      for (const text of ['text', 'quiet', ...TONES]) {
        const found = contrast(of(text), of(surface));
        assert.ok(found >= 4.5, `--${text} on --${surface}: ${found.toFixed(2)}`);
      }
    }
  });

  test(`${theme}: a tone can be read on its soft background`, () => {
    for (const tone of TONES) {
      const chosenRow = over(of('accent-soft'), of('panel'));
      for (const surface of [of('ground'), of('panel'), of('raised'), chosenRow]) {
        const ground = over(of(`${tone}-soft`), surface);
        for (const text of [tone, 'text']) {
          const found = contrast(of(text), ground);
          assert.ok(found >= 4.5, `--${text} on --${tone}-soft on ${surface}: ${found.toFixed(2)}`);
        }
      }
    }
    for (const filled of ['accent', 'danger']) {
      const found = contrast(of(`on-${filled}`), of(filled));
      assert.ok(found >= 4.5, `--on-${filled} on --${filled}: ${found.toFixed(2)}`);
    }
  });

  test(`${theme}: lines of controls, and marks, can be seen (3:1)`, () => {
    const marks = Object.keys(tokens).filter((name) => /^(series|stage|state)-/.test(name));
    assert.equal(marks.length, 4 + 7 + 13);
    for (const surface of ['ground', 'panel']) {
      for (const mark of [
        'line-strong',
        ...marks.filter((name) => !name.startsWith('stage-') && name !== 'state-idle'),
      ]) {
        const found = contrast(of(mark), of(surface));
        assert.ok(found >= 2.95, `--${mark} on --${surface}: ${found.toFixed(2)}`);
      }
    }
  });
}
