// Draws a picture of each table that asks for one. The table stays the source: names, numbers, addresses and colours are
// read from it, and who has no script reads the table itself. No animation and no inline style sheet: the page's policy.
import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const COLOURS = { blue: '#2f6fbb', green: '#2f7d4f', red: '#c62828', yellow: '#b26a00', purple: '#6b4ba1' };
const ROW = 30;

function read(table) {
  const series = [...table.tHead.rows[0].cells].slice(1).map((cell) => ({
    title: cell.textContent.trim(), colour: COLOURS[cell.dataset.colour],
  }));
  const rows = [...table.tBodies[0].rows].map((row) => ({
    name: row.cells[0].textContent.trim(),
    cells: [...row.cells].slice(1).map((cell) => ({
      value: cell.dataset.value === '' ? null : Number(cell.dataset.value),
      text: cell.textContent.trim(),
      href: cell.querySelector('a')?.href,
    })),
  }));
  return { series, rows };
}

function options({ series, rows }, { percent, stacked }) {
  const several = series.length > 1;
  const shown = (value) => (percent ? `${Math.round(value * 1000) / 10}%` : `${value}`);
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    legend: { show: several, top: 0, left: 0, selectedMode: false },
    grid: { left: 8, right: 48, top: several ? 34 : 8, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: {
      trigger: 'item', renderMode: 'richText',
      formatter: ({ name, seriesName, seriesIndex, dataIndex }) => `${name}\n${seriesName} ${rows[dataIndex].cells[seriesIndex].text}`,
    },
    xAxis: { type: 'value', max: percent ? 1 : undefined, minInterval: percent ? undefined : 1, axisLabel: { formatter: shown, hideOverlap: true } },
    yAxis: { type: 'category', inverse: true, data: rows.map((row) => row.name), axisTick: { show: false },
      axisLabel: { width: 132, overflow: 'truncate', interval: 0 } },
    series: series.map(({ title, colour }, number) => ({
      type: 'bar', name: title, stack: stacked ? 'all' : undefined, barMaxWidth: 18, itemStyle: { color: colour },
      label: { show: !stacked, position: 'right', formatter: ({ value }) => (value === null ? '' : shown(value)) },
      data: rows.map((row) => row.cells[number].value),
    })),
  };
}

function draw(figure) {
  const table = figure.querySelector('table');
  const box = figure.querySelector('.chart-picture');
  const known = read(table);
  const { percent, stacked } = figure.dataset;
  const bars = known.rows.length * (stacked === undefined ? known.series.length : 1);
  box.hidden = false;
  box.style.height = `${Math.max(96, 60 + Math.max(bars * 22, known.rows.length * ROW))}px`;
  const chart = init(box, null, { renderer: 'svg' });
  chart.setOption(options(known, { percent: percent !== undefined, stacked: stacked !== undefined }));
  chart.on('click', ({ seriesIndex, dataIndex }) => {
    const href = known.rows[dataIndex].cells[seriesIndex].href;
    if (href) {
      location.assign(href);
    }
  });
  new ResizeObserver(() => chart.resize()).observe(box);
  figure.querySelector('details').open = false;
  figure.dataset.state = 'shown';
}

for (const figure of document.querySelectorAll('[data-chart]')) {
  try {
    draw(figure);
  } catch (error) {
    figure.querySelector('.chart-picture').hidden = true;
    figure.querySelector('details').open = true;
    figure.dataset.state = 'failed';
    console.error('chart', error);
  }
}
