/**
 * A drawing as an SVG file for documents, with a light and a dark theme.
 */
import type { Drawing } from './drawing.ts';
import { METRICS } from './graph.ts';

const STYLE = `
.bg{fill:#fff}.box{fill:#f6f8f9;stroke:#aab8c2}.parallel{stroke-dasharray:6 4}.final{stroke-width:3}
text{font:11px ui-monospace,'DejaVu Sans Mono',Menlo,monospace;fill:#41515c}
.title{font:600 13px system-ui,sans-serif;fill:#1c2429}.kind{fill:#71828d}
.edge{fill:none;stroke:#71828d;stroke-width:1.2}.tip{fill:#71828d}.label{fill:#fff;opacity:.9}
@media(prefers-color-scheme:dark){.bg{fill:#0f1417}.box{fill:#171e23;stroke:#3f4e59}text{fill:#a9bac5}.title{fill:#e4ecf0}
.kind{fill:#8397a3}.edge{stroke:#7b8f9c}.tip{fill:#7b8f9c}.label{fill:#0f1417}}`;

export function svgOf(drawing: Drawing, title: string): string {
  const [width, height] = [Math.ceil(drawing.width), Math.ceil(drawing.height)];
  const { titleHeight, lineHeight, padding } = METRICS;
  const boxes = drawing.boxes.map(({ state, lines, x, y, width: w, height: h }) =>
    [
      `<rect class="box ${state.type}" x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${r(h)}" rx="7"/>`,
      `<text class="title" x="${r(x + padding)}" y="${r(y + 19)}">${escapeText(state.key)}</text>`,
      ...(state.type === 'parallel'
        ? [`<text class="kind" x="${r(x + w - 66)}" y="${r(y + 18)}">parallel</text>`]
        : []),
      ...lines.map(
        (line, i) =>
          `<text xml:space="preserve" x="${r(x + padding)}" y="${r(y + titleHeight + 10 + i * lineHeight)}">${escapeText(line)}</text>`,
      ),
    ].join(''),
  );
  const dots = drawing.dots.map(({ x, y }) => `<circle class="tip" cx="${r(x)}" cy="${r(y)}" r="5"/>`);
  const edges = drawing.edges.map(({ path }) => `<path class="edge" d="${path}" marker-end="url(#tip)"/>`);
  const labels = drawing.edges.flatMap(({ label, lines }) => {
    if (!label) return [];
    const { x, y, width: w, height: h } = label;
    return [
      `<rect class="label" x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${r(h)}"/>`,
      ...lines.map(
        ({ text }, i) => `<text x="${r(x + 5)}" y="${r(y + 12 + i * lineHeight)}">${escapeText(text)}</text>`,
      ),
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeText(title)}</title><style>${STYLE}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
      '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect class="bg" width="${width}" height="${height}"/>`,
    ...boxes,
    ...dots,
    ...edges,
    ...labels,
    '</svg>',
  ].join('\n')}\n`;
}

function r(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
