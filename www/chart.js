// Cost by day and provider: a column for each day, a piece of it for each provider.
import { dollars } from "./dollars.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 280;
const HEIGHT = 90;
const GAP = 3;
/** Colours there are in style.css; further providers begin again. */
const COLOURS = 6;

/** The chart and its legend, of `[{ date, rows: [{ key, cost }] }]`. */
export function chart(days) {
  const providers = [...new Set(days.flatMap(({ rows }) => rows.map(({ key }) => key)))].sort();
  const most = Math.max(...days.map(sum));
  if (!(most > 0)) return [];
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `Cost by day and provider; the highest is ${dollars(most)}` });
  days.forEach((day, at) => svg.append(...column(day, { at, count: days.length, most, providers })));
  return [svg, axis(days, most), legend(providers)];
}

const sum = ({ rows }) => rows.reduce((sum, { cost }) => sum + cost, 0);

function column({ date, rows }, { at, count, most, providers }) {
  const width = WIDTH / count;
  let top = HEIGHT;
  return rows.filter(({ cost }) => cost > 0).map(({ key, cost }) => {
    const height = (HEIGHT * cost) / most;
    top -= height;
    const piece = shape("rect", { x: at * width, y: top, width: width - GAP, height, class: colour(key, providers) });
    piece.append(Object.assign(shape("title", {}), { textContent: `${date}, ${key}: ${dollars(cost)}` }));
    return piece;
  });
}

function axis(days, most) {
  const line = text("p", "axis facts", "");
  line.append(text("span", "", days[0].date.slice(5)), text("span", "", `highest: ${dollars(most)}`), text("span", "", days.at(-1).date.slice(5)));
  return line;
}

function legend(providers) {
  const list = text("ul", "legend", "");
  list.append(...providers.map((key) => text("li", colour(key, providers), key)));
  return list;
}

const colour = (key, providers) => `c${providers.indexOf(key) % COLOURS}`;

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function text(tag, className, textContent) {
  return Object.assign(document.createElement(tag), { className, textContent });
}
