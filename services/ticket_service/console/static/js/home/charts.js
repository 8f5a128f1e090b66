// Charts made from the tables beneath them: what the eye sees and what a screen reader reads are the same numbers.
import {language} from "../times.js";
import {text} from "../texts.js";

const drawn = new Map();
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draw (again) the chart of a figure with data-chart="bar|line". */
export function draw(figure) {
  for (const [each, chart] of drawn) {
    // Charts of figures that were replaced would be kept for ever.
    if (each !== figure && each.isConnected) continue;
    chart.destroy();
    drawn.delete(each);
  }
  const table = figure.querySelector("table");
  const seconds = figure.dataset.unit === "seconds";
  const days = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells].slice(1).map((each) => each.textContent);
  const colors = [token("--accent"), token("--quiet")];
  const datasets = heads.map((label, at) => ({
    label,
    data: days.map((row) => (row.cells[at + 1].dataset.value === "" ? null : Number(row.cells[at + 1].dataset.value))),
    backgroundColor: colors[at],
    borderColor: colors[at],
    borderWidth: figure.dataset.chart === "line" ? 2 : 0,
    borderDash: at && figure.dataset.chart === "line" ? [5, 4] : [],
    borderRadius: 3,
    pointRadius: days.length > 31 ? 0 : 3,
    spanGaps: true,
    tension: 0.25,
  }));
  drawn.set(figure, new globalThis.Chart(figure.querySelector("canvas"), {
    type: figure.dataset.chart,
    data: {labels: days.map((row) => shortDay(row.cells[0].dataset.day, days.length)), datasets},
    options: options(days, seconds && stepFor(datasets)),
  }));
}

const STEPS = [60, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400];

/** Round times on the axis: at most five steps up to the longest wait. */
function stepFor(datasets) {
  const longest = Math.max(60, ...datasets.flatMap((each) => each.data));
  return STEPS.find((step) => longest / step <= 5) || Math.ceil(longest / 5 / 86_400) * 86_400;
}

function options(days, seconds) {
  const ticks = {color: token("--quiet"), font: {size: 11}};
  const written = (value) => (seconds ? lasting(value) : new Intl.NumberFormat(language).format(value));
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: {mode: "index", intersect: false},
    scales: {
      x: {grid: {display: false}, ticks: {...ticks, maxRotation: 0, autoSkipPadding: 12}, border: {color: token("--line")}},
      y: {beginAtZero: true, grid: {color: token("--line")}, border: {display: false}, ticks: {...ticks, maxTicksLimit: 7, callback: written, ...(seconds ? {stepSize: seconds} : {precision: 0})}},
    },
    plugins: {
      legend: {position: "top", align: "end", labels: {color: token("--text"), boxWidth: 10, boxHeight: 10, usePointStyle: true}},
      tooltip: {callbacks: {
        title: ([first]) => longDay(days[first.dataIndex].cells[0].dataset.day),
        label: (item) => `${item.dataset.label}: ${written(item.raw)}`,
      }},
    },
  };
}

const moment = (day) => new Date(`${day}T12:00:00Z`);
const shortDay = (day, count) => new Intl.DateTimeFormat(language, {timeZone: "UTC", ...(count > 7 ? {day: "numeric", month: "short"} : {weekday: "short", day: "numeric"})}).format(moment(day));
const longDay = (day) => new Intl.DateTimeFormat(language, {timeZone: "UTC", dateStyle: "full"}).format(moment(day));

function lasting(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds === null) return "–";
  if (minutes < 60) return text("{minutes} min", {minutes});
  if (minutes < 1440 && minutes % 60 === 0) return text("{hours} h", {hours: minutes / 60});
  if (minutes < 1440) return text("{hours} h {minutes} min", {hours: Math.floor(minutes / 60), minutes: minutes % 60});
  return text("{days} d {hours} h", {days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60)});
}
