/** US dollars for people: cents where there are any, else as far down as it takes. */
export function dollars(cost) {
  if (cost === null || cost === undefined) return "price unknown";
  return `$${cost === 0 ? "0" : cost.toFixed(cost < 1 ? 6 : 2).replace(/(\.\d\d\d*?)0+$/, "$1")}`;
}
