/** US dollars for people, the integer for machines. */
export function money(nano) {
  return { cost: nano === null ? null : nano / 1e9, cost_nano_usd: nano };
}
