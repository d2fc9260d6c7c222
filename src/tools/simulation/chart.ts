/**
 * Charts as files, SVG or PNG.
 *
 * ECharts draws SVG without a browser; resvg converts it to PNG. Both are for developers only, not installed on a device, and loaded when they
 * are needed.
 */
import type { EChartsOption } from 'echarts';
import { EarshotError } from '../../core/errors.ts';
import { writeOutput } from '../../core/files/output-file.ts';

const WIDTH = 1_200;
const HEIGHT = 560;

/** Whether a chart can be written to a file of this name. @throws EarshotError `usage` */
export function checkChartName(path: string): void {
  if (/\.(png|svg)$/i.test(path)) return;
  throw new EarshotError('usage', `${path} is neither .png nor .svg`, 'Name the plot like delay.png or delay.svg.');
}

/** @throws EarshotError `usage` where the libraries are missing, `file_unwritable` */
export async function writeChart(path: string, option: EChartsOption): Promise<void> {
  const svg = await drawSvg(option);
  writeOutput(path, path.toLowerCase().endsWith('.png') ? await rasterise(svg) : svg);
}

async function drawSvg(option: EChartsOption): Promise<string> {
  const { init } = await loaded('echarts', () => import('echarts'));
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    textStyle: { fontFamily: 'DejaVu Sans, Arial, sans-serif' },
    backgroundColor: '#ffffff',
    // The file shows its final state, without an animation.
    animation: false,
    grid: { top: 80, left: 70, right: 70, bottom: 50 },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

async function rasterise(svg: string): Promise<Uint8Array> {
  const { Resvg } = await loaded('@resvg/resvg-js', () => import('@resvg/resvg-js'));
  return new Resvg(svg, { font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans' } }).render().asPng();
}

async function loaded<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new EarshotError(
      'usage',
      `The plotting library ${name} is not installed`,
      'It is for developers only, and not on a device: plot in a clone of Earshot, after npm ci.',
      { cause },
    );
  }
}
